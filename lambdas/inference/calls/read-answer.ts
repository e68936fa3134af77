import { AppError } from '../../shared/app-error.ts';
import type { UpstreamAnswer } from '../ports/providers.ts';

const ANSWER_BYTES_MAX = 33_554_432;

/** What came stays in `received` also when the rest does not come. */
export const readInto = async (
  received: Uint8Array[],
  upstream: Pick<UpstreamAnswer, 'body'>,
): Promise<void> => {
  let bytes = 0;
  for await (const chunk of upstream.body) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX)
      throw new AppError({ code: 'provider_error', publicMessage: 'The answer passes 32 MiB.' });
    received.push(chunk);
  }
};
