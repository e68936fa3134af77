import type { Json } from '../../turn/turn.ts';
import { fieldsOf, listOf, textOf } from '../fields.ts';

/** Said by who sends the same fields when all is well. */
const WELL: ReadonlySet<string> = new Set(['', '0', '200', 'ok', 'success', 'null', 'none']);
const BAD_STATUS = /^(?:[45]\d\d|error|fail|failed|failure)$/i;
const DEPTH_MAX = 4;

/**
 * The error that a frame or an answer is, in whichever of the shapes of providers and relays; null: it is none. An empty
 * `error` is none. Ask only where nothing was put out: an answer may carry an error beside its words.
 */
export const errorIn = (value: Json): Json | null => {
  const fields = fieldsOf(value);
  const { error, errors, object, type, success, base_resp, choices } = fields;
  if (isSaid(error)) return error ?? null;
  const choice = listOf(choices).find((one) => isSaid(fieldsOf(one)['error']));
  if (choice !== undefined) return fieldsOf(choice)['error'] ?? null;
  const isError =
    object === 'error' ||
    type === 'error' ||
    success === false ||
    isSaid(errors) ||
    isSaid(fieldsOf(base_resp)['status_code']) ||
    isSaid(fields['error_code']) ||
    isSaid(fields['error_msg']) ||
    isSaid(fields['error_message']) ||
    hasBadCode(fields);
  return isError ? value : null;
};

/** The same of a whole body, where a few words alone are an error too: no client of a wire reads an answer in them. */
export const errorAnswered = (value: Json): Json | null => {
  const [first = null] = listOf(value);
  if (first !== null) return errorAnswered(first);
  const error = errorIn(value);
  if (error !== null) return error;
  const { detail, message, msg, fault, choices, content } = fieldsOf(value);
  if (listOf(choices).length + listOf(content).length > 0) return null;
  const isError = isSaid(detail) || isSaid(fault) || isSaid(textOf(message) || textOf(msg));
  return isError ? value : null;
};

const hasBadCode = ({ code, status, message, msg }: Readonly<Record<string, Json>>): boolean =>
  (textOf(message) || textOf(msg)) !== '' &&
  (isSaid(code) || BAD_STATUS.test(typeof status === 'number' ? `${status}` : textOf(status)));

const isSaid = (value: Json | undefined, depth = 0): boolean => {
  if (typeof value === 'object' && value !== null)
    return depth > DEPTH_MAX || Object.values(value).some((item: Json) => isSaid(item, depth + 1));
  if (value === undefined || value === null || value === false) return false;
  return !WELL.has(String(value).trim().toLowerCase());
};
