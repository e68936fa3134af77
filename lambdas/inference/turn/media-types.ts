import { withoutEnd } from '../../shared/characters.ts';

/** What every model that sees accepts. */
export const IMAGE_TYPES: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
]);

/** One name for each type: without parameters, in small letters, `image/jpg` as it is registered. */
export const plainMediaType = (type: string): string => {
  const plain = (type.split(';')[0] ?? '').trim().toLowerCase();
  return OTHER_NAMES.get(plain) ?? plain;
};

/** What the first bytes of an image say that it is; null: nothing that is known here. */
export const imageTypeOf = (base64: string): string | null => {
  const head = Buffer.from(base64.slice(0, 32), 'base64').toString('latin1');
  if (head.startsWith('\x89PNG')) return 'image/png';
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (head.startsWith('GIF8')) return 'image/gif';
  return head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP' ? 'image/webp' : null;
};

const SCHEME = 'data:';
const BASE64 = ';base64';

/** What stands before the bytes of a data URL in base64, and the type in it. It is looked for once, however long it is. */
const dataHead = (told: string): readonly [head: string, type: string] => {
  if (told.slice(0, SCHEME.length).toLowerCase() !== SCHEME) return ['', ''];
  const head = told.slice(0, told.indexOf(',') + 1);
  const words = head.slice(SCHEME.length, -1);
  if (words.slice(-BASE64.length).toLowerCase() !== BASE64) return ['', ''];
  return [head, words.slice(0, words.indexOf(';'))];
};

/**
 * Base64 of one line in the usual alphabet, padded, with its type by its registered name: it comes in lines, in the alphabet
 * of URLs, without its padding, or as the data URL that a page would have.
 */
export const plainData = (
  told: string,
  toldType: string,
): { readonly data: string; readonly mediaType: string } => {
  const [head, ownType] = dataHead(told);
  const letters = told
    .slice(head.length)
    .replaceAll(/\s/g, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/');
  const bare = withoutEnd(letters, '=');
  return {
    data: bare.padEnd(Math.ceil(bare.length / 4) * 4, '='),
    mediaType: plainMediaType(toldType === '' ? ownType : toldType),
  };
};

const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['image/jpg', 'image/jpeg'],
  ['image/pjpeg', 'image/jpeg'],
  ['image/x-png', 'image/png'],
  ['application/x-pdf', 'application/pdf'],
  ['audio/mp3', 'audio/mpeg'],
  ['audio/x-mp3', 'audio/mpeg'],
  ['audio/wave', 'audio/wav'],
  ['audio/x-wav', 'audio/wav'],
  ['audio/vnd.wave', 'audio/wav'],
]);
