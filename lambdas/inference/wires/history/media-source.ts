import type { DocumentBlock, ImageBlock, MediaSource } from '../../turn/turn.ts';

const IMAGE_TYPES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);
const DATA_URL = /^data:([\w.+/-]+)(?:;[\w=.-]+)*;base64,/;

/** One name for each type: without parameters, in small letters, `image/jpg` as it is registered. */
export const plainMediaType = (type: string): string => {
  const plain = (type.split(';')[0] ?? '').trim().toLowerCase();
  return OTHER_NAMES.get(plain) ?? plain;
};

const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['image/jpg', 'image/jpeg'],
  ['image/pjpeg', 'image/jpeg'],
  ['image/x-png', 'image/png'],
  ['application/x-pdf', 'application/pdf'],
]);

/** One way to say each source: a data URL is base64, text in base64 is text. */
export const plainSource = (source: MediaSource): MediaSource => {
  if (source.type === 'url') {
    const [prefix, media_type] = DATA_URL.exec(source.url) ?? [];
    return prefix === undefined || media_type === undefined
      ? source
      : plainSource({ type: 'base64', media_type, data: source.url.slice(prefix.length) });
  }
  if (source.type === 'base64' && source.media_type.startsWith('text/'))
    return { ...source, type: 'text', data: Buffer.from(source.data, 'base64').toString('utf8') };
  return source;
};

/** Why neither provider takes this image or document; null: they do. */
export const mediaProblem = ({ type, source }: ImageBlock | DocumentBlock): string | null => {
  if (source.type === 'url') return null;
  const media = source.media_type;
  if (type === 'image')
    return source.type === 'base64' && IMAGE_TYPES.has(media) ? null : `${media} is no image`;
  return source.type === 'text' || media === 'application/pdf' ? null : `${media} is not read`;
};
