import { eachAtOnce } from '../../shared/at-once.ts';
import type { MediaFiles, ReadFile, ReadMedia } from '../ports/media.ts';
import type { FileLimit, FileLimits } from '../turn/file-limits.ts';
import { filesIn, isAddress, type Address, type Media } from '../turn/files-in.ts';
import type { Block, MediaSource, TurnRequest } from '../turn/turn.ts';

const AT_ONCE = 4;
/** Of all files together: the model has to answer as well. */
const FETCH_MS_MAX = 15_000;
const ANSWER_MS_MIN = 10_000;

export const mediaFiles = (read: ReadMedia): MediaFiles => ({
  read: async (request, limits, leftMs, leave) => {
    const withinMs = Math.max(0, Math.min(FETCH_MS_MAX, leftMs - ANSWER_MS_MIN));
    const signal = AbortSignal.any([leave, AbortSignal.timeout(withinMs)]);
    const sources = await readAll(read, addressesOf(request, limits), limits, signal);
    return withSources(request, ({ type }, source) => sources.get(nameOf(type, source)) ?? source);
  },
  isNamed: (request, limits) => addressesOf(request, limits).size > 0,
  standIns: (request, limits) => ({
    request: withSources(request, ({ type }, source) =>
      limits[type] === null ? source : STAND_INS[type],
    ),
    documents: filesIn(request).filter(({ type }) => type === 'document' && limits[type] !== null)
      .length,
  }),
});

/**
 * Every model that takes documents takes words. What a document measures beyond its place is told beside them; an image has
 * the longest of the names that one can have.
 */
const STAND_INS: Readonly<Record<Media['type'], MediaSource>> = {
  image: { type: 'base64', media_type: 'image/jpeg', data: '' },
  document: { type: 'text', media_type: 'text/plain', data: '' },
};

/** A file to be read, and how often it is sent: each place of it takes room and counts as one. */
interface Wanted {
  readonly type: Media['type'];
  readonly url: string;
  readonly limit: FileLimit;
  places: number;
}

const addressesOf = (request: TurnRequest, limits: FileLimits): ReadonlyMap<string, Wanted> => {
  const wanted = new Map<string, Wanted>();
  for (const { type, source } of filesIn(request)) {
    const limit = limits[type];
    if (limit === null) continue;
    const name = nameOf(type, source);
    const known = wanted.get(name);
    if (known === undefined) wanted.set(name, { type, url: source.url, limit, places: 1 });
    else known.places += 1;
  }
  return wanted;
};

/** An address is read as what it is named for. */
const nameOf = (type: Media['type'], { url }: Address): string => `${type} ${url}`;

/** What stands in the place of each address: its bytes, or the address and why they are not there. */
const readAll = async (
  read: ReadMedia,
  addresses: ReadonlyMap<string, Wanted>,
  { bytesMax: allBytesMax }: FileLimits,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, MediaSource>> => {
  const begun = { image: 0, document: 0 };
  let bytes = 0;
  const readOne = async ({ type, url, limit, places }: Wanted): Promise<ReadFile> => {
    begun[type] += places;
    if (begun[type] > limit.countMax)
      return { problem: `at most ${limit.countMax} ${type}s by their addresses are read` };
    const together = {
      problem: `the files of a call are larger than ${allBytesMax} bytes together`,
    };
    if (bytes >= allBytesMax) return together;
    const file = await read(url, { type, bytesMax: limit.bytesMax, signal });
    bytes += 'bytes' in file ? file.bytes.byteLength * places : 0;
    return bytes > allBytesMax ? together : file;
  };
  const sources = new Map<string, MediaSource>();
  await eachAtOnce([...addresses], AT_ONCE, async ([name, wanted]) => {
    sources.set(name, sourceOf(wanted.url, await readOne(wanted)));
  });
  return sources;
};

const sourceOf = (url: string, file: ReadFile): MediaSource =>
  'problem' in file
    ? { type: 'url', url, unread: file.problem }
    : {
        type: 'base64',
        media_type: file.mediaType,
        data: Buffer.from(file.bytes).toString('base64'),
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
