import * as z from 'zod';
import { AppError } from '../../../shared/app-error.ts';

const KIND = /^[\w.-]{1,64}$/;
const failure = z.looseObject({
  type: z.string().nullish().catch(null),
  code: z.string().nullish().catch(null),
});

/** A frame that cannot be read at all. */
export const frameError = (cause: unknown): AppError =>
  new AppError({
    code: 'provider_stream_malformed',
    publicMessage: 'The provider sent a frame that cannot be read.',
    cause,
  });

/** The error that a provider ended its stream with. Its kind is for the log; its words may quote a prompt. */
export const providerFailure = (error: unknown): AppError => {
  const parsed = failure.safeParse(error);
  const kind = parsed.success ? (parsed.data.type ?? parsed.data.code ?? '') : '';
  return new AppError({
    code: 'provider_error',
    publicMessage: 'The provider ended its answer with an error.',
    internal: `provider: ${KIND.test(kind) ? kind : 'error'}`,
  });
};
