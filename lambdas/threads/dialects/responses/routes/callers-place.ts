import type { Handler } from '../../../../http/door.ts';
import { isRecord, jsonBody } from '../../../../http/body.ts';
import { AppError } from '../../../../shared/app-error.ts';

/** Fields of the providers' wires and wishes of a turn, by the field of this API that they are made from. */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ['max_tokens', 'max_output_tokens'],
  ['max_completion_tokens', 'max_output_tokens'],
  ['messages', 'input'],
  ['system', 'instructions'],
  ['response_format', 'text.format'],
  ['output_config', 'text.format'],
  ['reasoning_effort', 'reasoning.effort'],
  ['verbosity', 'text.verbosity'],
  ['toolChoice', 'tool_choice'],
  ['parallelToolCalls', 'parallel_tool_calls'],
  ['topP', 'top_p'],
  ['output', 'text.format'],
  ['effort', 'reasoning.effort'],
  ['thinking', 'reasoning.effort'],
]);

/** An error names the place that its caller wrote, whatever a request was made into on its way. */
export const atCallersPlace = (
  handlers: Readonly<Record<string, Handler>>,
): Readonly<Record<string, Handler>> =>
  Object.fromEntries(
    Object.entries(handlers).map(([route, handler]): [string, Handler] => [
      route,
      async (request, context) => {
        try {
          return await handler(request, context);
        } catch (error) {
          const param = error instanceof AppError ? error.facts['param'] : undefined;
          if (!(error instanceof AppError) || typeof param !== 'string') throw error;
          const body = jsonBody(request);
          throw named(error, param, placeIn(body, fieldOf(param, body)));
        }
      },
    ]),
  );

/** A place inside of what was translated is nowhere in what was sent: its field is as near as it gets. */
export const fieldOf = (param: string, body: unknown): string => {
  const first = param.split('.')[0] ?? '';
  return first === 'logprobs' ? likelyField(body) : (FIELDS.get(first) ?? param);
};

/** Two fields ask for them, and either may be there alone. */
const likelyField = (body: unknown): string => {
  const include = isRecord(body) ? body['include'] : null;
  const at = Array.isArray(include) ? include.indexOf('message.output_text.logprobs') : -1;
  return at === -1 ? 'top_logprobs' : `include.${at}`;
};

/** As far down as the body goes: a text that was read as a list of parts is one place. */
export const placeIn = (body: unknown, param: string): string => {
  const path: string[] = [];
  let value: unknown = body;
  for (const name of param.split('.')) {
    if (typeof value !== 'object' || value === null) break;
    path.push(name);
    value = new Map<string, unknown>(Object.entries(value)).get(name);
    // What is not there is named by its own name, and ends the path.
    if (value === undefined) break;
  }
  return path.join('.');
};

const named = (error: AppError, before: string, param: string): AppError => {
  if (param === before) return error;
  const { publicMessage: message } = error;
  return new AppError({
    code: error.code,
    publicMessage: message.startsWith(`${before}:`)
      ? `${param}${message.slice(before.length)}`
      : message,
    facts: { ...error.facts, param },
    ...(error.retryAfterSeconds === null ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
    ...(error.internal === null ? {} : { internal: error.internal }),
    cause: error,
  });
};
