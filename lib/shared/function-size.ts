/**
 * Memory and time of one function, and why; each room has a row for each of its entries. Processor time grows with memory
 * (1,769 MB is one whole processor: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html);
 * docs/performance.md has the measurements.
 */
export interface FunctionSize {
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly why: string;
}

/** API Gateway gives up on a buffered answer after 29 seconds, so its function may not run longer. */
export const BUFFERED_SECONDS_MAX = 29;
