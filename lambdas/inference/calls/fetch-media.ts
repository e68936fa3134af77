import type { FileLimits } from '../turn/file-limits.ts';
import type { TurnRequest } from '../turn/turn.ts';
import type { CallInput, CompleteDeps } from './call-types.ts';
import { authenticate } from './check-call.ts';

/** The files of a turn, where its provider wants their bytes. */
export type FetchMedia = (request: TurnRequest, limits: FileLimits) => Promise<TurnRequest>;

/** For a known key that has something left. Throws AppError (401, 403) for one that may not call. */
export const mediaFetcher =
  (
    deps: Pick<CompleteDeps, 'keys' | 'clock' | 'loadMedia'>,
    input: Pick<CallInput, 'credential' | 'deadlineMs'>,
  ): FetchMedia =>
  async (request, limits) => {
    const { read } = await deps.loadMedia();
    const leftMs = input.deadlineMs - deps.clock.nowMs();
    return await read(request, limits, leftMs, async () => await authenticate(deps, input));
  };

/** Might there be files that are to be read for this provider? What reads them is not loaded for mere words. */
export const mayWantFiles = (
  { messages }: TurnRequest,
  limits: FileLimits | null,
): limits is FileLimits =>
  limits !== null &&
  messages.some(({ content }) => content.some((block) => 'source' in block || 'content' in block));

/** A turn whose files nobody reads, to be measured. */
export const measurable = async (
  { loadMedia }: Pick<CompleteDeps, 'loadMedia'>,
  request: TurnRequest,
  limits: FileLimits | null,
): Promise<TurnRequest> =>
  mayWantFiles(request, limits) ? (await loadMedia()).standIns(request, limits) : request;
