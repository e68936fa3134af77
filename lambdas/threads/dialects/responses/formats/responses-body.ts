import { countsOf, type TokenUsage } from '../../../../ledger/domain/usage.ts';
import type { TerminalEvent } from '../../../domain/run-event.ts';
import type { DialectRun } from '../../../domain/dialect.ts';
import { responseIdOf } from './responses-ids.ts';
import type { WireItem, WireResponse } from './responses-wire.ts';

export const runningResponse = (run: DialectRun, part: number): WireResponse => ({
  ...bodyOf(run, part),
  status: 'in_progress',
  output: [],
  usage: null,
});

/** Waits for the caller's tool outputs: to the caller this response is complete. */
export const pausedResponse = (
  run: DialectRun,
  part: number,
  output: readonly WireItem[],
): WireResponse => ({ ...bodyOf(run, part), status: 'completed', output, usage: null });

export const endedResponse = (
  run: DialectRun,
  part: number,
  output: readonly WireItem[],
  event: TerminalEvent,
): WireResponse => {
  const ended = { ...bodyOf(run, part), output, usage: usageOf(countsOf(event.usage)) };
  switch (event.type) {
    case 'run.completed':
      return { ...ended, status: 'completed' };
    case 'run.failed':
      return {
        ...ended,
        status: 'failed',
        error: {
          code: event.error?.code ?? 'server_error',
          message: event.error?.message ?? 'The answer failed.',
        },
      };
    case 'run.cancelled':
      return { ...ended, status: 'cancelled' };
    case 'run.incomplete':
    case 'run.interrupted':
      return {
        ...ended,
        status: 'incomplete',
        incomplete_details: { reason: reasonOf(event) },
        ...(event.error === undefined ? {} : { error: event.error }),
      };
  }
};

const bodyOf = (run: DialectRun, part: number) => ({
  id: responseIdOf(run, part),
  object: 'response',
  created_at: Math.floor(run.createdAtMs / 1_000),
  model: run.model,
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  parallel_tool_calls: true,
  temperature: null,
  tool_choice: 'auto',
  tools: [],
  top_p: null,
  ...run.echo,
});

const reasonOf = ({ type, stop_reason }: TerminalEvent): string => {
  if (type === 'run.interrupted') return 'interrupted';
  if (stop_reason === 'max_tokens') return 'max_output_tokens';
  return stop_reason === 'refusal' ? 'content_filter' : (stop_reason ?? 'unknown');
};

export const usageOf = (usage: TokenUsage) => {
  const input_tokens =
    usage.input + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h + usage.audioInput;
  const output_tokens = usage.output + usage.audioOutput;
  return {
    input_tokens,
    input_tokens_details: { cached_tokens: usage.cacheRead },
    output_tokens,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: input_tokens + output_tokens,
  };
};
