import * as z from 'zod';
import { imageTypeOf, plainData, plainMediaType } from '../../../../inference/turn/media-types.ts';
import { AppError } from '../../../../shared/app-error.ts';
import { firstCharacters } from '../../../../shared/characters.ts';
import { isSaid } from '../../../domain/is-said.ts';
import type { UiPart } from './ai-chat-body.ts';

const text = z.looseObject({ type: z.literal('text'), text: z.string() });
const file = z.looseObject({
  type: z.literal('file'),
  mediaType: z.string(),
  url: z.string(),
  filename: z.string().nullish(),
});

/** What a part says, as content of our own route; nothing for one that says nothing to a model. */
export const contentOf = (each: UiPart, index: number): readonly object[] => {
  const words = text.safeParse(each).data;
  if (words !== undefined) return isSaid(words.text) ? [{ type: 'text', text: words.text }] : [];
  const upload = file.safeParse(each).data;
  if (upload === undefined) return [];
  const title = upload.filename === '' ? undefined : (upload.filename ?? undefined);
  if (!/^data:/i.test(upload.url)) return [linked(upload, title)];
  const { data, mediaType } = bytesOf(upload, index);
  const type = typeOf(data, mediaType);
  if (type.startsWith('image/') && !isText(type))
    return [{ type: 'image', source: { type: 'base64', media_type: type, data } }];
  if (!isText(type)) return [documentOf({ type: 'base64', media_type: type, data }, title)];
  const said = Buffer.from(data, 'base64').toString('utf8');
  if (!isSaid(said)) return [{ type: 'text', text: `[${title ?? 'file'}: empty]` }];
  return [documentOf({ type: 'text', media_type: 'text/plain', data: said }, title)];
};

type File = z.infer<typeof file>;

const linked = ({ mediaType, url }: File, title: string | undefined): object => {
  const source = { type: 'url', url };
  return plainMediaType(mediaType).startsWith('image/')
    ? { type: 'image', source }
    : documentOf(source, title);
};

const documentOf = (source: object, title: string | undefined): object => ({
  type: 'document',
  source,
  ...(title === undefined ? {} : { title: firstCharacters(title, TITLE_CHARS_MAX) }),
});

/** What is in a data URL: as base64, or written out. https://www.rfc-editor.org/rfc/rfc2397 */
const bytesOf = (
  { url, mediaType }: File,
  index: number,
): { readonly data: string; readonly mediaType: string } => {
  const [head = '', ...rest] = url.split(',');
  const ownType = head.replace(/^data:/i, '');
  const type = VAGUE.test(mediaType) ? ownType : mediaType;
  if (/;base64$/i.test(head.trim())) return plainData(rest.join(','), type);
  try {
    const words = decodeURIComponent(rest.join(','));
    return plainData(Buffer.from(words).toString('base64'), type);
  } catch {
    throw new AppError({
      code: 'invalid_request',
      publicMessage: `messages.parts.${index}.url: a data URL must be base64`,
      facts: { param: `messages.parts.${index}.url` },
    });
  }
};

const TITLE_CHARS_MAX = 500;

/** Types that leave open what the bytes are, as pages send them when their system does not know a file. */
const VAGUE = /^$|\*|^(application|binary)\/octet-stream$/i;

/** The bytes know better than the name. */
const typeOf = (data: string, mediaType: string): string => {
  if (mediaType.startsWith('image/') || VAGUE.test(mediaType)) {
    const own = imageTypeOf(data);
    if (own !== null) return own;
  }
  return VAGUE.test(mediaType) && data.startsWith(PDF_HEAD) ? 'application/pdf' : mediaType;
};

/** `%PDF-` in base64. */
const PDF_HEAD = 'JVBERi';

/** Texts under their own names; a drawing in words is one too. */
const isText = (type: string): boolean =>
  type.startsWith('text/') ||
  type === 'image/svg+xml' ||
  /^application\/(json|xml|yaml|x-yaml|javascript|x-javascript|typescript|sql|x-sh|toml|x-ndjson|[\w.-]+\+(json|xml))$/.test(
    type,
  );
