import { parseJsonObject } from '../../http/body.ts';
import { exactJson } from './exact-json.ts';
import type { ParsedCall } from './wire.ts';

type Body = ParsedCall['body'];

/** The call that a text is, as `measure` reads it, with its numbers as they were written where that matters. */
export const exactly = (text: string, measure: (body: Body) => ParsedCall): ParsedCall => {
  const call = measure(parseJsonObject(text));
  const exact = exactJson(text);
  return exact === null ? call : { ...call, exact };
};

/** What is written again for the provider. */
export const sentBody = ({ body, exact }: ParsedCall): Body => exact ?? body;
