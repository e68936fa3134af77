import { IMAGE_TYPES, imageTypeOf, plainMediaType } from '../../turn/media-types.ts';
import type { DocumentBlock, ImageBlock, MediaSource } from '../../turn/turn.ts';

const DATA_URL = /^data:([\w.+/-]+)(?:;[\w=.-]+)*;base64,/;

/** One way to say each source: a data URL is base64, text in base64 is text. */
export const plainSource = (source: MediaSource): MediaSource => {
  if (source.type === 'url') {
    const [prefix, media_type] = DATA_URL.exec(source.url) ?? [];
    return prefix === undefined || media_type === undefined
      ? source
      : plainSource({ type: 'base64', media_type, data: source.url.slice(prefix.length) });
  }
  if (source.type !== 'base64') return source;
  const media_type = plainMediaType(source.media_type);
  const data = source.data.replaceAll(/\s/g, '');
  if (media_type.startsWith('text/'))
    return { media_type, type: 'text', data: Buffer.from(data, 'base64').toString('utf8') };
  const seen = media_type.startsWith('image/') ? imageTypeOf(data) : null;
  return { type: 'base64', media_type: seen ?? media_type, data };
};

/** Is it a file that is heard? */
export const isSound = ({ source }: Pick<ImageBlock | DocumentBlock, 'source'>): boolean =>
  source.type === 'base64' && source.media_type.startsWith('audio/');

/** Of a provider that wants bytes: why it is not given what stands at an address. */
export const unreadReason = ({
  url,
  unread,
}: Extract<MediaSource, { readonly type: 'url' }>): string =>
  unread ??
  (/^data:/i.test(url) ? 'its data URL is not base64' : `its address is not read (${url})`);

/** Why neither provider accepts this image or document; null: they do. */
export const mediaProblem = ({ type, source }: ImageBlock | DocumentBlock): string | null => {
  if (source.type === 'url') return null;
  const media = source.media_type;
  if (type === 'image')
    return source.type === 'base64' && IMAGE_TYPES.has(media) ? null : `${media} is no image`;
  return source.type === 'text' || media === 'application/pdf' ? null : `${media} is not read`;
};
