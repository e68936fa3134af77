import * as z from 'zod';

const words = z.object({ message: z.string() });
/** Most vendors nest it, some do not. */
const errorBody = z.union([
  z.object({ error: words }).transform(({ error }) => error),
  z.object({ detail: words }).transform(({ detail }) => detail),
  words,
]);

/** The words of a provider's error body, whatever its dialect. */
export const providerMessage = (bodyText: string): string =>
  errorBody.safeParse(parsedJson(bodyText)).data?.message ?? 'an error without a message';

const coded = z.object({ error: z.object({ code: z.string() }) });

/** The word that a provider's error is known by; null: it has none. */
export const providerCode = (bodyText: string): string | null =>
  coded.safeParse(parsedJson(bodyText)).data?.error.code ?? null;

const waiting = z.object({
  error: z.object({ details: z.array(z.looseObject({ retryDelay: z.string().optional() })) }),
});

/** What Google's RetryInfo says, as `34.07s`: https://cloud.google.com/apis/design/errors#error_details */
export const providerWaitSeconds = (bodyText: string): number | null => {
  const details = waiting.safeParse(parsedJson(bodyText)).data?.error.details ?? [];
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
