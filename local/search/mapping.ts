import * as z from 'zod';
import { NotHosted } from './answers.ts';

const field = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('keyword'),
    doc_values: z.boolean().optional(),
    index: z.boolean().optional(),
  }),
  z.strictObject({
    type: z.literal('date'),
    format: z.literal('epoch_millis'),
    doc_values: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal('byte'), doc_values: z.boolean().optional() }),
  z.strictObject({ type: z.literal('text'), analyzer: z.string(), norms: z.boolean().optional() }),
  z.strictObject({ type: z.literal('flat_object') }),
]);

/** Indexes of these names are made so. */
export const templateSchema = z.strictObject({
  index_patterns: z.tuple([z.string().regex(/^[a-z0-9-]+-\*$/)]),
  template: z.strictObject({
    aliases: z.record(z.string(), z.strictObject({})),
    settings: z.strictObject({
      number_of_shards: z.int(),
      number_of_replicas: z.int(),
      analysis: z.strictObject({
        analyzer: z.record(
          z.string(),
          z.strictObject({ type: z.literal('custom'), tokenizer: z.string() }),
        ),
        tokenizer: z.record(
          z.string(),
          z.strictObject({ type: z.literal('whitespace'), max_token_length: z.int() }),
        ),
      }),
    }),
    mappings: z.strictObject({
      dynamic: z.literal(false),
      _source: z.strictObject({ enabled: z.literal(false) }),
      properties: z.record(z.string().regex(/^[a-z_]+$/), field),
    }),
  }),
});
export type IndexTemplate = z.infer<typeof templateSchema>;
type Field = z.infer<typeof field>;

/** The type of a field; a query of one that is not mapped finds nothing in OpenSearch, and is a mistake here. */
export const fieldOf = ({ template }: IndexTemplate, name: string): Field => {
  const { properties } = template.mappings;
  const found = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (found === undefined) throw new NotHosted(`a query of the field ${name}, which is not mapped`);
  return found;
};

/** One document, taken apart as its mapping says. */
export interface ReadDocument {
  readonly plain: Readonly<Record<string, string | number>>;
  /** Words of all texts, as FTS5 holds them. */
  readonly words: string;
  readonly flat: readonly {
    readonly field: string;
    readonly path: string;
    readonly value: string;
  }[];
}

/** A document that OpenSearch refuses, with its reason. */
export class RefusedDocument extends Error {
  override readonly name = 'RefusedDocument';
}

/** Lucene's own: https://lucene.apache.org/core/9_12_0/core/org/apache/lucene/index/IndexWriter.html#MAX_TERM_LENGTH */
const TERM_BYTES_MAX = 32_766;

const checkTerm = (name: string, term: string): void => {
  if (Buffer.byteLength(term) > TERM_BYTES_MAX)
    throw new RefusedDocument(
      `Document contains at least one immense term in field="${name}" (whose UTF8 encoding is longer than the max length ${TERM_BYTES_MAX})`,
    );
};

/** Not a record of zod's: that one drops `__proto__`. */
const flatObject = z.custom<Readonly<Record<string, string>>>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((one) => typeof one === 'string'),
);
const texts = z.array(z.string());

export const readDocument = (
  template: IndexTemplate,
  fields: Readonly<Record<string, unknown>>,
): ReadDocument => {
  const plain: Record<string, string | number> = {};
  const flat: ReadDocument['flat'][number][] = [];
  const words: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    // What is not mapped is not looked at: `dynamic` is false.
    if (!Object.hasOwn(template.template.mappings.properties, name)) continue;
    const type = fieldOf(template, name);
    switch (type.type) {
      case 'keyword': {
        const term = hosted(z.string(), name, value);
        checkTerm(name, term);
        plain[name] = term;
        break;
      }
      case 'date':
        plain[name] = hosted(z.int(), name, value);
        break;
      case 'byte':
        plain[name] = hosted(z.int(), name, value);
        if (Math.abs(Number(value)) > 127)
          throw new RefusedDocument(`failed to parse field [${name}] of type [byte]`);
        break;
      case 'text':
        words.push(wordsOf(template, type.analyzer, hosted(texts, name, value)));
        break;
      case 'flat_object':
        for (const [path, text] of Object.entries(hosted(flatObject, name, value))) {
          checkTerm(`${name}._valueAndPath`, `${name}.${path}=${text}`);
          flat.push({ field: name, path, value: text });
        }
        break;
    }
  }
  return { plain, flat, words: words.join(GAP) };
};

const hosted = <T>(schema: z.ZodType<T>, name: string, value: unknown): T => {
  const { data } = schema.safeParse(value);
  if (data === undefined) throw new NotHosted(`such a value of ${name}`);
  return data;
};

/** No word of any text: phrases do not span two texts, which OpenSearch keeps a hundred places apart. */
const GAP = ' __ ';

const wordsOf = (template: IndexTemplate, analyzer: string, all: readonly string[]): string =>
  all.map((text) => phraseOf(template, analyzer, text)).join(GAP);

/** Words of a text by the analyzer of its field, each in letters that FTS5 leaves as they are. */
export const phraseOf = ({ template }: IndexTemplate, analyzer: string, text: string): string => {
  const { analysis } = template.settings;
  const tokenizer = analysis.tokenizer[analysis.analyzer[analyzer]?.tokenizer ?? ''];
  if (tokenizer === undefined) throw new NotHosted(`the analyzer ${analyzer}`);
  return text
    .split(/\s+/)
    .flatMap((word) => piecesOf(word, tokenizer.max_token_length))
    .map(encoded)
    .join(' ');
};

/** A tokenizer does not drop what is too long, it cuts it into more words. */
const piecesOf = (word: string, charsMax: number): readonly string[] =>
  Array.from({ length: Math.ceil(word.length / charsMax) }, (_, index) =>
    word.slice(index * charsMax, (index + 1) * charsMax),
  );

/** FTS5's tokenizer folds case and knows an older Unicode: it is given ASCII alone. */
const encoded = (word: string): string =>
  word.replaceAll(/[^a-z0-9]/gu, (letter) => `_${letter.codePointAt(0)?.toString(16)}_`);
