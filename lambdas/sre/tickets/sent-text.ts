import * as z from 'zod';
import type { Plan } from '../runbooks/plan.ts';

const values = z.record(z.string(), z.union([z.string(), z.array(z.string())]));
const sent = z.looseObject({
  parameters: values.optional(),
  Parameters: values.optional(),
  inputs: values.optional(),
  ref: z.string().optional(),
});

/** Nothing that could be read as more than one value. */
const PLAIN = /^[\w.:/@+-]+$/;

/** The filled parameters of a plan, as people read them before they allow it. null: they are not to be read from it. */
export const sentText = ({ body }: Plan): string | null => {
  const { data } = sent.safeParse(jsonOf(body));
  const parameters = data?.parameters ?? data?.Parameters ?? data?.inputs;
  if (data === undefined || parameters === undefined) return null;
  const shown = Object.entries(parameters).map(
    ([name, value]) => `${quoted(name)}=${[value].flat().map(quoted).join(',')}`,
  );
  if (data.ref !== undefined) shown.unshift(`on ${quoted(data.ref)}`);
  return shown.length === 0 ? 'no parameters' : shown.join(', ');
};

/** Where it is sent: what opens an address may stand in its query, and whoever reads a ticket need not have it. */
export const targetText = ({ kind, target }: Plan, mask: (text: string) => string): string => {
  if (kind !== 'webhook' || !URL.canParse(target)) return target;
  const { origin, pathname, search } = new URL(target);
  return `${mask(`${origin}${pathname}`)}${search === '' ? '' : '?...'}`;
};

const quoted = (text: string): string => (PLAIN.test(text) ? text : JSON.stringify(text));

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
