import * as z from 'zod';

const errorBody = z.object({ error: z.object({ message: z.string() }) });

/** The words of a provider's error body, whatever its dialect. */
export const providerMessage = (bodyText: string): string => {
  try {
    return errorBody.parse(JSON.parse(bodyText)).error.message;
  } catch {
    return 'an error without a message';
  }
};
