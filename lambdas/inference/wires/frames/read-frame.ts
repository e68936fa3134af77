import * as z from 'zod';
import { AppError } from '../../../shared/app-error.ts';

const KIND = /^[\w.-]{1,64}$/;
const failure = z.looseObject({
  type: z.string().nullish().catch(null),
  code: z.string().nullish().catch(null),
});

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

/** The error that a provider ended its stream with. Its kind is for the log; its words may quote a prompt. */
export const providerFailed = (error: unknown): AppError => {
  const told = failure.safeParse(error);
  const kind = told.success ? (told.data.type ?? told.data.code ?? '') : '';
  return new AppError({
    code: 'provider_error',
    publicMessage: 'The provider ended its answer with an error.',
    internal: `provider: ${KIND.test(kind) ? kind : 'error'}`,
  });
};
