import { isRecord } from '../../http/body.ts';
import type { Measures } from './wire.ts';
import type { Unpriced } from './unpriced.ts';

type Body = Readonly<Record<string, unknown>>;

/** What a wire finds where a request's content is. */
export interface Shape {
  images: number;
  documents: number;
  /** Names of the tools that are put in again. */
  readonly references: unknown[];
  /** What is cited, cut into numbered pieces. */
  readonly cited: unknown[];
  readonly unpriced: Unpriced[];
  /** Text that a model reads as it stands: the properties that hold it, by their object. */
  readonly prose: Map<object, readonly string[]>;
  /** Bytes and addresses of media, which are no text. */
  readonly media: Map<object, readonly string[]>;
}

export const newShape = (): Shape => ({
  images: 0,
  documents: 0,
  references: [],
  cited: [],
  unpriced: [],
  prose: new Map(),
  media: new Map(),
});

/** `holder` is an object whose `names` have an image's or a document's bytes or address; others have none. */
export const addMedia = (shape: Shape, holder: unknown, ...names: readonly string[]): void => {
  if (isRecord(holder)) shape.media.set(holder, names);
};

/** A number that is written again without its exponent: `1e20` grows to five times its bytes. */
const EXPONENT = /\de[+-]?\d+\s*[,\]}]/i;

/**
 * Bytes of a body as it came or is passed on, whichever are more: of all JSON only such numbers get longer. null: it came
 * from no text.
 */
export const jsonBytes = (body: Body, text: string | null): number => {
  const bytes = text === null ? 0 : Buffer.byteLength(text);
  return text !== null && !EXPONENT.test(text)
    ? bytes
    : Math.max(bytes, Buffer.byteLength(JSON.stringify(body)));
};

/** The sizes of a body: its JSON has so many values and bytes. */
export const measuresOf = (
  shape: Shape,
  { bytes, ...sizes }: Omit<Measures, 'images' | 'documents'>,
): Measures => ({
  ...sizes,
  bytes: bytes - mediaBytes(shape),
  images: shape.images,
  documents: shape.documents,
});

const utf8Bytes = (text: string): number => Buffer.byteLength(text);

/** JSON of a text has at least its own bytes, so what is taken off was there. */
export const mediaBytes = ({ media }: Shape, bytesOf = utf8Bytes): number => {
  let bytes = 0;
  for (const [holder, names] of media)
    for (const [name, value] of Object.entries(holder))
      if (names.includes(name) && typeof value === 'string') bytes += bytesOf(value);
  return bytes;
};

/** All that becomes input tokens as text: prose as it stands, and the rest of the body as JSON. */
export const shapeTexts = (body: Body, { prose, media }: Shape): readonly string[] => {
  const texts: string[] = [];
  const rest = JSON.stringify(body, function (this: object, name: string, value: unknown) {
    if (media.get(this)?.includes(name) === true) return undefined;
    if (typeof value !== 'string' || prose.get(this)?.includes(name) !== true) return value;
    texts.push(value);
    return '';
  });
  return [...texts, rest];
};
