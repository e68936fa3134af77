import type { KeyState } from '../../ledger/domain/key.ts';
import { eachAtOnce } from '../../shared/at-once.ts';
import type { MediaFiles, ReadFile, ReadMedia } from '../ports/media.ts';
import type { FileLimits } from '../turn/file-limits.ts';
import { filesIn, isAddress, type Address, type Media } from '../turn/files-in.ts';
import type { Block, MediaSource, TurnRequest } from '../turn/turn.ts';

const AT_ONCE = 4;
/** Of all files together: the model has to answer as well. */
const FETCH_MS_MAX = 15_000;
const ANSWER_MS_MIN = 10_000;

export const mediaFiles = (read: ReadMedia): MediaFiles => ({
  read: async (request, limits, leftMs, authenticate) => {
    const addresses = addressesOf(request, limits);
    if (addresses.size === 0) return request;
    // Its hold will be refused: nobody's server is asked for that.
    if (isSpent(await authenticate())) return standIns(request, limits);
    const withinMs = Math.max(0, Math.min(FETCH_MS_MAX, leftMs - ANSWER_MS_MIN));
    const signal = AbortSignal.timeout(withinMs);
    const files = await readAll(read, addresses, limits, signal);
    return withSources(request, (media, source) => fetched(media, source, files));
  },
  isNamed: (request, limits) => addressesOf(request, limits).size > 0,
  standIns,
});

/** What others hold may be free again before its own hold is taken: then its files have to be there. */
const isSpent = ({ capNanoUsd, spentNanoUsd }: KeyState): boolean =>
  capNanoUsd !== null && spentNanoUsd >= capNanoUsd;

const standIns: MediaFiles['standIns'] = (request, limits) =>
  withSources(request, ({ type }, source) =>
    limits[type] === null
      ? source
      : {
          type: 'base64',
          media_type: type === 'image' ? 'image/png' : 'application/pdf',
          data: '',
        },
  );

/** A file to be read, and how often it is sent: each place of it takes room and counts as one. */
interface Wanted {
  readonly type: Media['type'];
  readonly places: number;
}

const addressesOf = (request: TurnRequest, limits: FileLimits): ReadonlyMap<string, Wanted> => {
  const wanted = new Map<string, Wanted>();
  for (const { type, source } of filesIn(request)) {
    if (limits[type] === null) continue;
    const name = nameOf(type, source.url);
    wanted.set(name, { type, places: (wanted.get(name)?.places ?? 0) + 1 });
  }
  return wanted;
};

/** An address is read as what it is named for. */
const nameOf = (type: Media['type'], url: string): string => `${type} ${url}`;
const urlOf = (name: string): string => name.slice(name.indexOf(' ') + 1);

const readAll = async (
  read: ReadMedia,
  addresses: ReadonlyMap<string, Wanted>,
  limits: FileLimits,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ReadFile>> => {
  const files = new Map<string, ReadFile>();
  const begun = { image: 0, document: 0 };
  let bytes = 0;
  await eachAtOnce([...addresses], AT_ONCE, async ([name, { type, places }]) => {
    const { bytesMax, countMax } = limits[type] ?? NONE;
    begun[type] += places;
    if (begun[type] > countMax) {
      files.set(name, { problem: `at most ${countMax} ${type}s are read by URL` });
      return;
    }
    const together = `the files of a call are larger than ${limits.bytesMax} bytes together`;
    if (bytes >= limits.bytesMax) {
      files.set(name, { problem: together });
      return;
    }
    const file = await read(urlOf(name), { type, bytesMax, signal });
    bytes += 'bytes' in file ? file.bytes.byteLength * places : 0;
    files.set(name, bytes > limits.bytesMax ? { problem: together } : file);
  });
  return files;
};

const NONE = { bytesMax: 0, countMax: 0 };

const fetched = (
  { type }: Media,
  source: Address,
  files: ReadonlyMap<string, ReadFile>,
): MediaSource => {
  const file = files.get(nameOf(type, source.url));
  if (file === undefined) return source;
  return 'problem' in file
    ? { ...source, unread: file.problem }
    : {
        type: 'base64',
        media_type: file.mediaType,
        data: Buffer.from(file.bytes).toString('base64'),
      };
};

type Resource = (media: Media, source: Address) => MediaSource;

const withSources = (request: TurnRequest, resource: Resource): TurnRequest => ({
  ...request,
  messages: request.messages.map((message) => ({
    ...message,
    content: message.content.map((block) => withSource(block, resource)),
  })),
});

const withSource = (block: Block, resource: Resource): Block => {
  if (block.type === 'tool_result' && typeof block.content !== 'string')
    return {
      ...block,
      content: block.content.map((part) => (part.type === 'text' ? part : changed(part, resource))),
    };
  return block.type === 'image' || block.type === 'document' ? changed(block, resource) : block;
};

const changed = <M extends Media>(media: M, resource: Resource): M =>
  isAddress(media.source) ? { ...media, source: resource(media, media.source) } : media;
