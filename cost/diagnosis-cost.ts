import { costNanoUsd } from '../lambdas/inference/models/cost.ts';
import { priceOf } from '../lambdas/inference/models/prices.ts';
import { NO_TOKENS } from '../lambdas/ledger/domain/usage.ts';
import { ANSWER_CHARS_MAX, INPUT_BYTES_MAX } from '../lambdas/sre/diagnose/limits.ts';
import type { Inventory } from './inventory.ts';
import { functionNamed } from './parts.ts';
import { PRICES } from './prices.ts';

const MODELS = [
  { provider: 'openai', name: 'gpt-4o-mini' },
  { provider: 'anthropic', name: 'claude-sonnet-5-5' },
] as const;
/** Of what an incident has: an assumption, as is the length of the call. */
const USUAL = { inputTokens: 3_000, outputTokens: 500, seconds: 15 } as const;
/** Instructions and marks, beside the records. */
const PROMPT_BYTES = 2_000;
/** Of English and JSON. */
const BYTES_A_TOKEN = 3;
/** The claim, the hold, the settlement, the incident with its step; reads of all that is gathered. */
const WRITE_UNITS = 12;
const READ_UNITS = 60;
/** Sent, received and deleted; and once more where there was no cause yet. */
const QUEUE_REQUESTS = 6;

export interface DiagnosisCost {
  readonly model: string;
  readonly usualUsd: number;
  /** A question and an answer as long as they may be. */
  readonly mostUsd: number;
  /** Of AWS, beside the model. */
  readonly awsUsd: number;
}

/** What one diagnosis costs by model: the words of it, and the function that waits for them. */
export const diagnosisCosts = (inventory: Inventory, atMs: number): readonly DiagnosisCost[] =>
  MODELS.map(({ provider, name }) => {
    const rates = priceOf(provider, name, atMs)?.rates;
    if (rates === undefined) throw new Error(`${name} has no price`);
    const usd = (input: number, output: number): number =>
      costNanoUsd(rates, { ...NO_TOKENS, input, output }) / 1e9;
    return {
      model: name,
      usualUsd: usd(USUAL.inputTokens, USUAL.outputTokens),
      mostUsd: usd(
        Math.ceil((INPUT_BYTES_MAX + PROMPT_BYTES) / BYTES_A_TOKEN),
        Math.ceil(ANSWER_CHARS_MAX / BYTES_A_TOKEN),
      ),
      awsUsd: awsUsd(inventory),
    };
  });

const awsUsd = (inventory: Inventory): number =>
  PRICES.lambdaRequest.usd +
  functionNamed(inventory, 'diagnosesdiagnose').memoryGb *
    USUAL.seconds *
    PRICES.lambdaArmGbSecond.usd +
  WRITE_UNITS * PRICES.dynamoWriteUnit.usd +
  READ_UNITS * PRICES.dynamoReadUnit.usd +
  QUEUE_REQUESTS * PRICES.queueRequest.usd;
