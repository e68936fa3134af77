import * as z from 'zod';

const words = z.object({ message: z.string() });
/** Most vendors nest it, some do not. */
const errorBody = z.union([z.object({ error: words }).transform(({ error }) => error), words]);

/** The words of a provider's error body, whatever its dialect. */
export const providerMessage = (bodyText: string): string =>
  errorBody.safeParse(parsedJson(bodyText)).data?.message ?? 'an error without a message';

/** What a body says, or undefined where it is no JSON. */
export const parsedJson = (bodyText: string): unknown => {
  try {
    return JSON.parse(bodyText);
  } catch {
    return undefined;
  }
};
