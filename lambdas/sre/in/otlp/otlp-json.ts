import { AppError } from '../../../shared/app-error.ts';
import { utf8Text } from '../../../shared/utf8.ts';
import { JSON_VALUES_MAX } from '../limits.ts';
import { SIGNALS, type Signal } from './otlp-types.ts';
import { withOtlpNames } from './json-names.ts';
import { isMessage, type Message } from './values.ts';

/**
 * Reads a request of OTLP's JSON. Only the envelope is looked at: what a record holds is read tolerantly, one by one.
 * Throws AppError: 400 for what is no such request, 413 for more values than fit.
 */
export const decodeJson = (signal: Signal, bytes: Uint8Array): Message => {
  countValues(bytes);
  const body = withOtlpNames(bytes, parsed(bytes));
  const { resources } = SIGNALS[signal];
  const list = isMessage(body) ? (body[resources] ?? []) : null;
  if (!isMessage(body) || !Array.isArray(list)) throw invalid(signal, `${resources} is no list`);
  const other = OTHERS.find(([own, name]) => own !== signal && name in body);
  if (other === undefined || resources in body) return body;
  // Taken for a request without records, all of it would be lost, and the answer would say that it is stored.
  throw invalid(signal, `it has ${other[1]}, which go to /v1/${other[0]}`);
};

const OTHERS = [
  ['logs', SIGNALS.logs.resources],
  ['traces', SIGNALS.traces.resources],
  ['metrics', SIGNALS.metrics.resources],
] as const;

const parsed = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(utf8Text(bytes));
  } catch (cause) {
    throw new AppError({
      code: 'invalid_otlp',
      publicMessage: 'The body is not JSON.',
      cause,
    });
  }
};

const invalid = (signal: Signal, why: string): AppError =>
  new AppError({
    code: 'invalid_otlp',
    publicMessage: `The body is no OTLP ${signal} request in JSON: ${why}.`,
  });

/** A smaller body cannot hold so many. */
const UNCOUNTED_BYTES_MAX = JSON_VALUES_MAX;
const [COMMA, BRACKET, BRACE] = [0x2c, 0x5b, 0x7b];

/**
 * A body of nothing but `{},` is many times larger in memory than on the wire. Counted with those inside of strings: too
 * many of these are no honest telemetry either.
 */
const countValues = (bytes: Uint8Array): void => {
  if (bytes.length <= UNCOUNTED_BYTES_MAX) return;
  let values = 0;
  for (const byte of bytes) if (byte === COMMA || byte === BRACKET || byte === BRACE) values += 1;
  if (values > JSON_VALUES_MAX)
    throw new AppError({
      code: 'body_too_large',
      publicMessage: `The body holds more than ${JSON_VALUES_MAX} values.`,
    });
};
