import type { Inventory } from './inventory.ts';
import { hasAccessLog } from './parts.ts';

/**
 * Lambda's own two lines of an invocation, with the 26 bytes that CloudWatch adds to each line, and the stage's access
 * log. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
 */
const PLATFORM_BYTES = 700;
const ACCESS_BYTES = 500;
/** What our functions print, measured by `npm run bench:gateway -- --only units` and `bench:threads`, roll-up included. */
const CALL_PRINTED_BYTES = 600;
const TURN_PRINTED_BYTES = 1_330;
const ROLL_UP_PRINTED_BYTES = 260;

/** Of one invocation of a function that prints so much. */
export const invocationBytes = (printed: number): number => PLATFORM_BYTES + printed;
const access = (inventory: Inventory): number => (hasAccessLog(inventory) ? ACCESS_BYTES : 0);

/** Bytes of logs that CloudWatch ingests for a call: the call itself, its roll-up, the stage's line. */
export const callLogBytes = (inventory: Inventory): number =>
  invocationBytes(CALL_PRINTED_BYTES) + invocationBytes(ROLL_UP_PRINTED_BYTES) + access(inventory);

/** The same of a turn and of those who read it. */
export const turnLogBytes = (inventory: Inventory, readers: number): number =>
  invocationBytes(TURN_PRINTED_BYTES) +
  invocationBytes(ROLL_UP_PRINTED_BYTES) +
  access(inventory) +
  readers * (invocationBytes(0) + access(inventory));
