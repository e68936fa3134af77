import { pagesOf } from './pdf-pages.ts';
import type { Block, DocumentBlock, ImageBlock } from './turn.ts';

/** What content takes of a request, estimated: tokens of the window, bytes of the body, pictures and pages. */
export interface ContentSize {
  readonly tokens: number;
  readonly bytes: number;
  readonly media: number;
}
export const NO_SIZE: ContentSize = { tokens: 0, bytes: 0, media: 0 };

export const addSizes = (left: ContentSize, right: ContentSize): ContentSize => ({
  tokens: left.tokens + right.tokens,
  bytes: left.bytes + right.bytes,
  media: left.media + right.media,
});

/** A careful guess for text of any kind: few tokenizers make more tokens than this of a text. */
const BYTES_A_TOKEN = 3;
/**
 * An image takes a token for about 750 pixels, and is made smaller first when it is large.
 * https://platform.claude.com/docs/en/build-with-claude/vision, https://platform.openai.com/docs/guides/images-vision
 */
const PIXELS_A_TOKEN = 750;
const IMAGE_TOKENS_MAX = 1_600;
/** A page is read as its text and as a picture. https://platform.claude.com/docs/en/build-with-claude/pdf-support */
const PAGE_TOKENS = 3_000;
/** Of a document that nobody here has seen. */
const PAGES_UNSEEN = 5;

/** Blocks do not change, and one is looked at many times until a request is built. */
const sizes = new WeakMap<Block, ContentSize>();

/** Base64 is no text: a picture costs its pixels, a PDF its pages. */
export const sizeOfBlock = (block: Block): ContentSize => {
  const known = sizes.get(block);
  if (known !== undefined) return known;
  const size = measured(block);
  sizes.set(block, size);
  return size;
};

const measured = (block: Block): ContentSize => {
  if (block.type === 'image') return sizeOfImage(block);
  if (block.type === 'document' && block.source.type !== 'text') return sizeOfDocument(block);
  if (block.type !== 'tool_result' || typeof block.content === 'string') return sizeOfJson(block);
  return block.content.map(sizeOfBlock).reduce(addSizes, sizeOfJson({ ...block, content: '' }));
};

export const sizeOfJson = (value: unknown): ContentSize => {
  const bytes = Buffer.byteLength(JSON.stringify(value) ?? '');
  return { tokens: Math.ceil(bytes / BYTES_A_TOKEN), bytes, media: 0 };
};

const sizeOfImage = ({ source }: ImageBlock): ContentSize => {
  const pixels = source.type === 'base64' ? pixelsOf(source.data) : null;
  const tokens = pixels === null ? IMAGE_TOKENS_MAX : Math.ceil(pixels / PIXELS_A_TOKEN);
  return { tokens: Math.min(IMAGE_TOKENS_MAX, tokens), bytes: bytesOf(source), media: 1 };
};

const sizeOfDocument = ({ source }: DocumentBlock): ContentSize => {
  const pages = source.type === 'base64' ? pagesOf(source.data) : PAGES_UNSEEN;
  return { tokens: pages * PAGE_TOKENS, bytes: bytesOf(source), media: pages };
};

const bytesOf = (source: ImageBlock['source']): number =>
  source.type === 'url' ? source.url.length : source.data.length;

/** How much of an image's head is looked at; a JPEG may have a thumbnail before its size. */
const HEAD_CHARS = 90_000;

/** Width by height, as the head of a PNG, GIF, WebP or JPEG says them; null: it does not. */
export const pixelsOf = (base64: string): number | null => {
  const head = Buffer.from(base64.slice(0, HEAD_CHARS), 'base64');
  if (head.length < 30) return null;
  if (head.readUInt32BE(0) === 0x89504e47) return head.readUInt32BE(16) * head.readUInt32BE(20);
  const name = head.toString('latin1', 0, 4);
  if (name === 'GIF8') return head.readUInt16LE(6) * head.readUInt16LE(8);
  if (name === 'RIFF') return pixelsOfWebp(head);
  return head.readUInt16BE(0) === 0xffd8 ? pixelsOfJpeg(head) : null;
};

/** https://developers.google.com/speed/webp/docs/riff_container */
const pixelsOfWebp = (head: Buffer): number | null => {
  switch (head.toString('latin1', 12, 16)) {
    case 'VP8X':
      return (head.readUIntLE(24, 3) + 1) * (head.readUIntLE(27, 3) + 1);
    case 'VP8 ':
      return (head.readUInt16LE(26) & 0x3fff) * (head.readUInt16LE(28) & 0x3fff);
    case 'VP8L': {
      const bits = head.readUInt32LE(21);
      return ((bits & 0x3fff) + 1) * (((bits >>> 14) & 0x3fff) + 1);
    }
    default:
      return null;
  }
};

/** The first frame header among the segments. https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B */
const pixelsOfJpeg = (head: Buffer): number | null => {
  for (let at = 2; at + 9 <= head.length;) {
    if (head[at] !== 0xff) return null;
    const marker = head[at + 1] ?? 0;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return head.readUInt16BE(at + 5) * head.readUInt16BE(at + 7);
    at += marker === 0xff ? 1 : 2 + head.readUInt16BE(at + 2);
  }
  return null;
};
