import type { StopReason } from '../turn/turn.ts';

/**
 * Words for why a model stopped, of both wires and of those who speak them: relays put the words of one into the other.
 * What is not among them is an end (`eos`, `stop`, a token of the model's own).
 */
const STOPS: ReadonlyMap<string, StopReason> = new Map([
  ['length', 'max_tokens'],
  ['max_tokens', 'max_tokens'],
  ['max_output_tokens', 'max_tokens'],
  ['max_completion_tokens', 'max_tokens'],
  ['max_length', 'max_tokens'],
  ['model_length', 'max_tokens'],
  ['token_limit', 'max_tokens'],
  ['context_length_exceeded', 'max_tokens'],
  ['model_context_window_exceeded', 'max_tokens'],
  ['tool_calls', 'tool_use'],
  ['tool_use', 'tool_use'],
  ['function_call', 'tool_use'],
  ['content_filter', 'content_filter'],
  ['safety', 'content_filter'],
  ['sensitive', 'content_filter'],
  ['recitation', 'content_filter'],
  ['blocklist', 'content_filter'],
  ['prohibited_content', 'content_filter'],
  ['spii', 'content_filter'],
  ['refusal', 'refusal'],
  ['stop_sequence', 'stop_sequence'],
  ['pause_turn', 'pause_turn'],
]);

/**
 * Words for an answer that broke off: what it says is not what the model meant, and it gave no reason to stop. Google's own
 * server for OpenAI's wire says `function_call_filter: MALFORMED_FUNCTION_CALL`.
 */
const BROKEN =
  /^(?:|null|none|undefined|unknown|unspecified|finish_reason_unspecified|error|failed|timeout|network_error|server_error|abort|aborted|cancelled|insufficient_system_resource)$|malformed_|unexpected_tool_call|too_many_tool_calls|missing_thought_signature|^function_call_filter/i;

export const isBrokenOff = (reason: string): boolean => BROKEN.test(reason.trim());

/** Some providers say an end where there are calls. */
export const stopReason = (reason: string, hasCalls: boolean): StopReason => {
  const known = STOPS.get(reason.toLowerCase()) ?? 'end_turn';
  return known === 'end_turn' && hasCalls ? 'tool_use' : known;
};
