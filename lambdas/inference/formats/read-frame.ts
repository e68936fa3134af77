import * as z from 'zod';
import { AppError } from '../../shared/app-error.ts';

const ERROR_LENGTH_MAX = 1_000;
const failure = z.looseObject({ type: z.string().nullish(), message: z.string().nullish() });

/** One frame of a provider's stream. Throws AppError `provider_stream_malformed`. */
export const parseFrame = <T>(schema: z.ZodType<T>, data: string): T => {
  try {
    return schema.parse(JSON.parse(data));
  } catch (cause) {
    throw new AppError({
      code: 'provider_stream_malformed',
      publicMessage: 'The provider sent a frame that cannot be read.',
      cause,
    });
  }
};

/** The error that a provider ended its stream with; its words are for the log. */
export const providerFailed = (error: unknown): AppError => {
  const told = failure.safeParse(error);
  const words = told.success ? `${told.data.type ?? ''} ${told.data.message ?? ''}` : '';
  return new AppError({
    code: 'provider_error',
    publicMessage: 'The provider ended its answer with an error.',
    internal: `provider: ${words.trim().slice(0, ERROR_LENGTH_MAX)}`,
  });
};
