import type { EncodedTurn, WireTurn } from '../wires/wire.ts';
import type { MediaFiles } from '../ports/media.ts';
import type { FileLimits } from '../turn/file-limits.ts';
import type { TurnRequest } from '../turn/turn.ts';
import type { CompleteDeps } from './call-types.ts';

/** Files that a turn names by their addresses, where its provider wants their bytes. Nobody has read them. */
export interface UnreadFiles {
  readonly limits: FileLimits;
  readonly media: MediaFiles;
}

/** null: none are named. What reads them is not loaded for mere words. */
export const unreadFiles = async (
  { loadMedia }: Pick<CompleteDeps, 'loadMedia'>,
  request: TurnRequest,
  limits: FileLimits | null,
): Promise<UnreadFiles | null> => {
  if (limits === null || !mayHaveFiles(request)) return null;
  const media = await loadMedia();
  return media.isNamed(request, limits) ? { limits, media } : null;
};

const mayHaveFiles = ({ messages }: TurnRequest): boolean =>
  messages.some(({ content }) => content.some((block) => 'source' in block || 'content' in block));

/**
 * A turn as it is measured before its files are read: each is as much as one may be that nobody has seen, an image the
 * largest, and a document all that the model can read.
 */
export const encodeUnread = (
  turn: WireTurn,
  request: TurnRequest,
  unread: UnreadFiles | null,
): EncodedTurn => {
  if (unread === null) return turn.encode(request);
  const told = unread.media.standIns(request, unread.limits);
  const encoded = turn.encode(told.request);
  const { measures } = encoded.call;
  const documents = measures.documents + told.documents;
  return { ...encoded, call: { ...encoded.call, measures: { ...measures, documents } } };
};
