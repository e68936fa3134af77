import * as z from 'zod';

const words = z.object({ message: z.string() });
const plain = z.string().min(1);
/** A field of FastAPI's that it refuses. */
const fault = z
  .object({ loc: z.array(z.union([z.string(), z.number()])).optional(), msg: plain })
  .transform(({ loc = [], msg }) => ({
    message: loc.length === 0 ? msg : `${loc.join('.')}: ${msg}`,
  }));
const few = z.union([
  plain.transform((message) => ({ message })),
  z.tuple([z.union([words, fault])], z.unknown()).transform(([first]) => first),
]);
/** Most vendors nest it, some do not, and some say it in a few words, a name of theirs beside it. */
const errorBody = z.union([
  z.object({ error: words }).transform(({ error }) => error),
  z.object({ detail: words }).transform(({ detail }) => detail),
  words,
  z.object({ error: few }).transform(({ error }) => error),
  z.object({ detail: few }).transform(({ detail }) => detail),
  z.object({ errors: few }).transform(({ errors }) => errors),
  z.object({ error_msg: plain }).transform(({ error_msg: message }) => ({ message })),
  z.object({ error_message: plain }).transform(({ error_message: message }) => ({ message })),
  z.object({ msg: plain }).transform(({ msg: message }) => ({ message })),
]);

/** Google's server for OpenAI's wire puts it into a list of one. */
const bodyIn = (bodyText: string): unknown => {
  const body = parsedJson(bodyText);
  return Array.isArray(body) ? body[0] : body;
};

/** The words of a provider's error body, whatever its dialect. */
export const providerMessage = (bodyText: string): string =>
  errorBody.safeParse(bodyIn(bodyText)).data?.message ?? 'an error without a message';

const coded = z.object({ error: z.object({ code: z.string() }) });

/** The word that a provider's error is known by; null: it has none. */
export const providerCode = (bodyText: string): string | null =>
  coded.safeParse(bodyIn(bodyText)).data?.error.code ?? null;

const waiting = z.object({
  error: z.object({ details: z.array(z.looseObject({ retryDelay: z.string().optional() })) }),
});

/** What Google's RetryInfo says, as `34.07s`: https://cloud.google.com/apis/design/errors#error_details */
export const providerWaitSeconds = (bodyText: string): number | null => {
  const details = waiting.safeParse(bodyIn(bodyText)).data?.error.details ?? [];
  const seconds = details.flatMap(
    ({ retryDelay = '' }) => /^(\d+(?:\.\d+)?)s$/.exec(retryDelay)?.[1] ?? [],
  );
  return seconds.length === 0 ? null : Number(seconds[0]);
};

/** What a body says, or undefined where it is no JSON. */
export const parsedJson = (bodyText: string): unknown => {
  try {
    return JSON.parse(bodyText);
  } catch {
    return undefined;
  }
};
