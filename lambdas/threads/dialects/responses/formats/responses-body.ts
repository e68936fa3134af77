import { countsOf, type TokenUsage } from '../../../../ledger/domain/usage.ts';
import type { Answerer } from '../../../../inference/turn/answerer.ts';
import type { TerminalEvent } from '../../../domain/run-event.ts';
import type { DialectRun } from '../../../domain/dialect.ts';
import { calledName, type CalledName } from './call-kinds.ts';
import { responseIdOf } from './responses-ids.ts';
import { LOGPROBS_ECHO } from './responses-logprobs.ts';
import type { WireItem, WireResponse } from './responses-wire.ts';

/** How a version of the dialect shows a response; its events are the same in all of them. */
export interface ResponseBodies {
  running(run: DialectRun, part: number): WireResponse;
  /** Waits for the caller's tool outputs: to the caller this response is complete. */
  paused(
    run: DialectRun,
    part: number,
    output: readonly WireItem[],
    by: Answerer | null,
  ): WireResponse;
  ended(
    run: DialectRun,
    part: number,
    output: readonly WireItem[],
    event: TerminalEvent,
  ): WireResponse;
  readonly calledAs: (name: string) => CalledName;
  readonly showsCitations: boolean;
  /** Thoughts whose words their provider sealed. */
  readonly showsSealed: boolean;
  /** A refusal as a part of its own kind, and not as words. */
  readonly showsRefusals: boolean;
}

/** Responses as OpenAI's document has them: what is not known yet is left out where it may not be null. */
export const RESPONSE_BODIES: ResponseBodies = {
  running: (run, part) => ({ ...bodyOf(run, part), status: 'in_progress', output: [] }),
  paused: (run, part, output, by) => ({
    ...bodyOf(run, part),
    status: 'completed',
    ...answeredBy(run, by ?? {}),
    output,
  }),
  ended: (run, part, output, event) => ({
    ...bodyOf(run, part),
    ...outcomeOf(event),
    ...answeredBy(run, event),
    output,
    usage: usageOf(countsOf(event.usage)),
  }),
  calledAs: calledName,
  showsCitations: true,
  showsSealed: true,
  showsRefusals: true,
};

/** The name of a route is no model's. OpenAI's document has no field for the rest of who answered. */
const answeredBy = (run: DialectRun, by: Partial<Answerer>) => ({
  model: by.route === undefined ? run.model : (by.model ?? run.model),
});

/** In the echo of a run that answers with a summary of what was said; no response shows it. */
export const COMPACTION_ECHO = { compaction: true } as const;

export const isCompaction = ({ echo }: DialectRun): boolean => echo['compaction'] === true;

const shownEcho = ({ echo }: DialectRun) =>
  Object.fromEntries(Object.entries(echo).filter(([name]) => !(name in HIDDEN_ECHO)));
const HIDDEN_ECHO = { ...COMPACTION_ECHO, ...LOGPROBS_ECHO };

/** What every version shows from the first event on. */
export const bodyOf = (run: DialectRun, part: number) => ({
  id: responseIdOf(run, part),
  object: 'response' as const,
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
  ...shownEcho(run),
});

const outcomeOf = (event: TerminalEvent) => {
  switch (event.type) {
    case 'run.completed':
      // A model that would not answer is no answer that is complete: its words may be none.
      return event.stop_reason === 'refusal'
        ? { status: 'incomplete' as const, incomplete_details: { reason: 'content_filter' } }
        : { status: 'completed' as const };
    case 'run.cancelled':
      return { status: 'cancelled' as const };
    case 'run.failed':
      return {
        status: 'failed' as const,
        error: {
          code: codeOf(event),
          message: event.error?.message ?? 'The answer failed.',
        },
      };
    case 'run.incomplete':
    case 'run.interrupted': {
      const reason = reasonOf(event);
      return {
        status: 'incomplete' as const,
        ...(reason === null
          ? { error: { code: codeOf(event), message: cutMessage(event) } }
          : { incomplete_details: { reason } }),
      };
    }
  }
};

/** The two reasons that OpenAI has; every other one is reported as an error beside the status. */
const reasonOf = ({ type, stop_reason }: TerminalEvent): string | null => {
  if (type === 'run.interrupted') return null;
  if (stop_reason === 'max_tokens') return 'max_output_tokens';
  return stop_reason === 'refusal' || stop_reason === 'content_filter' ? 'content_filter' : null;
};

const cutMessage = ({ type, stop_reason, error }: TerminalEvent): string => {
  const reason = type === 'run.interrupted' ? 'interrupted' : (stop_reason ?? 'unknown');
  return error?.message ?? `The answer ended before it was complete: ${reason}.`;
};

/**
 * OpenAI's list of codes is closed; of ours these say more than that something went wrong. One is on no list, and its clients go by
 * it: any other they ask again (https://github.com/openai/codex, codex-rs/codex-api/src/sse/responses.rs).
 */
const codeOf = ({ error }: TerminalEvent): string => {
  switch (error?.code) {
    case 'rate_limited':
    case 'concurrency_limited':
      return 'rate_limit_exceeded';
    case 'invalid_request':
      return 'invalid_prompt';
    case 'context_length_exceeded':
      return 'context_length_exceeded';
    default:
      return 'server_error';
  }
};

export const usageOf = (usage: TokenUsage) => {
  const written = usage.cacheWrite5m + usage.cacheWrite1h;
  const input_tokens = usage.input + usage.cacheRead + written + usage.audioInput;
  const output_tokens = usage.output + usage.audioOutput;
  return {
    input_tokens,
    input_tokens_details: { cached_tokens: usage.cacheRead, cache_write_tokens: written },
    output_tokens,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: input_tokens + output_tokens,
  };
};
