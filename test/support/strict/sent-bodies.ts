import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

/** Where each distinct body that a provider's stand-in took, and each answer in its words, is written, a line of JSON each; unset: nowhere. */
export const SENT_BODIES = 'SLUICE_SENT_BODIES';

type Vendor = 'google' | 'bedrock' | 'anthropic' | 'openai';

/** Whose published classes say what a path takes. What is served to its clients elsewhere has fields of its own. */
const VENDORS: readonly (readonly [path: RegExp, vendor: Vendor, model?: RegExp])[] = [
  [
    /:(generateContent|streamGenerateContent|countTokens|embedContent|batchEmbedContents)$/,
    'google',
  ],
  [/\/model\/[^/]+\/converse(-stream)?$/, 'bedrock'],
  [/\/messages(\/count_tokens)?$/, 'anthropic'],
  [/\/chat\/completions$/, 'openai', /^(gpt-(?!oss)|chatgpt-|o\d|ft:)/],
];

const written = new Set<string>();

/** Writes it, where it is wanted, for the classes that the vendors publish in Python (`npm run test:python`). */
export const keepSentBody = (
  asked: string,
  headers: Readonly<Record<string, unknown>>,
  bodyText: string,
): void => {
  const [path = ''] = asked.split('?');
  const found = VENDORS.find(([pattern]) => pattern.test(path));
  if (process.env[SENT_BODIES] === undefined || found === undefined) return;
  const [, vendor, model] = found;
  if (model !== undefined && !model.test(modelIn(bodyText))) return;
  // A line is a line: outside its strings, which have none, a break is a blank.
  const body = bodyText.replaceAll(/[\r\n]+/g, ' ');
  const beta = headers['anthropic-beta'] === undefined ? '' : '"beta":true,';
  keep('asked', `{"vendor":"${vendor}","path":${JSON.stringify(path)},${beta}"body":${body}}\n`);
};

/** The same of what a client is answered in a vendor's words: a body, or each event of a stream. */
export const keepAnswer = (
  vendor: Exclude<Vendor, 'bedrock'>,
  isStream: boolean,
  values: readonly unknown[],
): void => {
  for (const body of values) keep('answered', `${JSON.stringify({ vendor, isStream, body })}\n`);
};

const keep = (kind: 'asked' | 'answered', line: string): void => {
  const folder = process.env[SENT_BODIES];
  if (folder === undefined) return;
  const digest = createHash('sha256').update(line).digest('base64');
  if (written.has(digest)) return;
  written.add(digest);
  mkdirSync(join(folder, kind), { recursive: true });
  // Whoever runs beside it writes beside it.
  appendFileSync(join(folder, kind, `${process.pid}-${threadId}.jsonl`), line);
};

const modelIn = (bodyText: string): string => {
  const { model }: { model?: unknown } = JSON.parse(bodyText);
  return typeof model === 'string' ? model : '';
};
