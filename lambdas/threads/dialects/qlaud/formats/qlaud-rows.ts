import type { MessageStep } from '../../../domain/thread.ts';
import { LOOP_MAX } from '../../../domain/limits.ts';
import { assert } from '../../../../shared/assert.ts';

/** Rows of one message at most: a loop's model turns, and a batch of results after each. */
const STEPS_MAX = 128;
assert(2 * LOOP_MAX + 1 <= STEPS_MAX, 'the steps of a message fit its numbers');

/** That API numbers rows, not messages: each step is a row of its own. */
export const qlaudSeq = (seq: number, step: number): number => seq * STEPS_MAX + step;

/** The message that a row belongs to. */
export const seqOfQlaud = (number: number): number => Math.floor(number / STEPS_MAX);

/** A step as a row of that API: the results of tools are the user's, as on Anthropic's wire. */
export const qlaudRow = (step: MessageStep) => ({
  seq: qlaudSeq(step.seq, step.step),
  role: step.role === 'tool' ? 'user' : step.role,
  content: step.content,
  request_id: step.requestId,
  created_at: step.createdAtMs,
});
