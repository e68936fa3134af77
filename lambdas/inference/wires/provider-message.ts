import * as z from 'zod';

const words = z.object({ message: z.string() });
/** Most vendors nest it, some do not. */
const errorBody = z.union([z.object({ error: words }).transform(({ error }) => error), words]);

/** The words of a provider's error body, whatever its dialect. */
export const providerMessage = (bodyText: string): string => {
  try {
    return errorBody.parse(JSON.parse(bodyText)).message;
  } catch {
    return 'an error without a message';
  }
};
