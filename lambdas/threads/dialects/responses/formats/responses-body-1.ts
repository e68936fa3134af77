import { countsOf, type TokenUsage } from '../../../../ledger/domain/usage.ts';
import type { TerminalEvent } from '../../../domain/run-event.ts';
import type { DialectRun } from '../../../domain/dialect.ts';
import { bodyOf, usageOf as tokensOf, type ResponseBodies } from './responses-body.ts';
import type { WireItem, WireResponse } from './responses-wire.ts';

/** Responses in the form that runs of the first version keep; OpenAI's document knows neither their reasons nor their codes. */
export const FIRST_BODIES: ResponseBodies = {
  running: (run, part) => ({
    ...bodyOf(run, part),
    status: 'in_progress',
    output: [],
    usage: null,
  }),
  paused: (run, part, output) => ({
    ...bodyOf(run, part),
    status: 'completed',
    output,
    usage: null,
  }),
  ended: (run, part, output, event) => endedResponse(run, part, output, event),
  calledAs: (name) => ({ name }),
  showsCitations: false,
  showsSealed: false,
  showsRefusals: false,
};

const endedResponse = (
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

const reasonOf = ({ type, stop_reason }: TerminalEvent): string => {
  if (type === 'run.interrupted') return 'interrupted';
  if (stop_reason === 'max_tokens') return 'max_output_tokens';
  return stop_reason === 'refusal' ? 'content_filter' : (stop_reason ?? 'unknown');
};

const usageOf = (tokens: TokenUsage) => {
  const usage = tokensOf(tokens);
  const { cached_tokens } = usage.input_tokens_details;
  return { ...usage, input_tokens_details: { cached_tokens } };
};
