import { AppError } from '../../shared/app-error.ts';
import type { MeterState } from '../wires/wire.ts';

/** Some providers leave the last frame out: who said why the model stopped said all. */
export const isWhole = ({ ended, finished, failed }: MeterState): boolean =>
  ended || (finished && !failed);

export const cutShort = (state: MeterState): AppError =>
  new AppError({
    code: 'provider_stream_malformed',
    publicMessage: state.failed
      ? 'The provider ended the stream with an error.'
      : 'The provider ended the stream before the answer was complete.',
  });

/** What nobody has a word for came of bytes that nobody can read. */
export const asStreamError = (error: unknown): AppError =>
  error instanceof AppError
    ? error
    : new AppError({
        code: 'provider_stream_malformed',
        publicMessage: 'The provider sent a stream that cannot be read.',
        cause: error,
      });

/** An answer that is paid, ended in order, gave no reason and said nothing: without an error it would pass for a good one. */
export const brokenOff = (): AppError =>
  new AppError({
    code: 'provider_error',
    publicMessage: 'The model broke off its answer before it said anything.',
    isFinal: true,
  });
