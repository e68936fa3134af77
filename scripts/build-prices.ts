/**
 * Turns the pinned price data into one table of integers: nano-USD per million tokens. Run after an upgrade of the data. It
 * prints what changes; with `--check` it writes nothing, and fails where something would change.
 */
import {
  findProvider,
  type ConditionalPrice,
  type MatchLogic,
  type ModelInfo,
  type ModelPrice,
} from '@pydantic/genai-prices';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { FAMILY_PROVIDERS, familyOf } from '../lambdas/inference/models/families.ts';
import {
  EDITION_MARK,
  PLACE_MARK,
  RATE_KINDS,
  VERSION_MARK,
  pricedModels,
  type PeriodRow,
  type PriceRow,
} from '../lambdas/inference/models/price-rows.ts';
import { hasFees, priceOf } from '../lambdas/inference/models/prices.ts';
import { PRICE_SNAPSHOT, PRICE_TABLE } from '../lambdas/inference/models/price-table.generated.ts';
import type { Price, Tiers } from '../lambdas/inference/models/rates.ts';
import { priceDiff, type PriceList } from './price-diff.ts';

const KINDS = {
  input: 'input_mtok',
  output: 'output_mtok',
  cacheRead: 'cache_read_mtok',
  cacheWrite5m: 'cache_write_mtok',
  cacheWrite1h: 'cache_write_1h_mtok',
  audioInput: 'input_audio_mtok',
  audioOutput: 'output_audio_mtok',
  imageInput: 'input_image_mtok',
  imageOutput: 'output_image_mtok',
  seconds: 'input_audio_hours',
} as const;

const SECONDS_AN_HOUR = 3_600;

const nano = (usd: number): number => Math.round(usd * 1e9);

const tiersOf = (price: ModelPrice[string]): Price | null => {
  if (price === undefined) return null;
  if (typeof price === 'number') return nano(price);
  const tiers: Tiers = [
    [0, nano(price.base)],
    ...price.tiers.map(({ start, price: usd }) => [edge(start), nano(usd)] as const),
  ];
  return tiers;
};

/**
 * Prices change above so many tokens, always whole thousands (https://developers.openai.com/api/docs/models, "above
 * 272K"); of some models the data names the token before.
 */
const edge = (start: number): number => (start % 1_000 === 999 ? start + 1 : start);

const ratesOf = (prices: ModelPrice): PeriodRow[0] => {
  const rates = RATE_KINDS.map((kind) =>
    kind === 'seconds' ? secondsOf(prices[KINDS.seconds]) : tiersOf(prices[KINDS[kind]]),
  );
  return rates.slice(0, rates.findLastIndex((rate) => rate !== null) + 1);
};

/** Of a million seconds, from the price of an hour. */
const secondsOf = (price: ModelPrice[string]): Price | null =>
  typeof price === 'number' ? nano((price * 1e6) / SECONDS_AN_HOUR) : null;

const minuteOfDay = (time: string): number =>
  Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

/** `RegExp.escape` writes hexadecimal where a reader wants the name of a model. */
const plain = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);

/** The name of a fine-tune continues as its owner likes, at one price. */
const prefixOf = (prefix: string): string =>
  /^ft:|\.ft-$/.test(prefix) ? `^${plain(prefix)}` : `^${plain(prefix)}${VERSION_MARK}$`;

/** A match as one regular expression source. */
const patternOf = (match: MatchLogic): string => {
  if ('or' in match) return match.or.map(patternOf).join('|');
  if ('equals' in match) return `^${plain(match.equals)}$`;
  if ('starts_with' in match) return prefixOf(match.starts_with);
  if ('ends_with' in match) return `${plain(match.ends_with)}$`;
  if ('contains' in match) return `^${plain(match.contains)}${VERSION_MARK}$`;
  if ('regex' in match) return match.regex;
  return `^${match.and.map((part) => `(?=.*(?:${patternOf(part)}))`).join('')}`;
};

/** What puts out no tokens that are billed: numbers, or the words of what was heard by the second. */
const hasNoOutput = (id: string, [rates]: PeriodRow): boolean =>
  id.startsWith('text-embedding-') || (rates[RATE_KINDS.indexOf('seconds')] ?? null) !== null;

/** https://ai.google.dev/gemini-api/docs/deprecations */
const WITHDRAWN = /^gemini-(?:1\.|pro|flash)/;

/**
 * What its provider took away, or never had by this name:
 * https://platform.openai.com/docs/deprecations, https://docs.claude.com/en/docs/about-claude/model-deprecations
 */
const GONE: Readonly<Record<string, RegExp>> = {
  openai:
    /^(?:ada|babbage|curie|davinci|text-davinci|gpt-3\.5-0301|gpt-4-32k|gpt-4\.5|gpt-4o:extended|gpt-5-image|o1-mini|o1-preview|chatgpt-4o|codex-mini)/,
  anthropic: /^claude-(?:v1|2|3-sonnet|3-opus|3-5-sonnet|3-7-sonnet)/,
};

/**
 * Google's list has models of others that another product of it serves, and some that draw or speak, at prices which are not
 * those of text: they have none here.
 */
const isOwn = (provider: string, { id, prices }: ModelInfo): boolean =>
  provider !== 'google' ||
  (familyOf(id)?.provider === provider &&
    !WITHDRAWN.test(id) &&
    [prices]
      .flat()
      .every((price) => !/output_(?:audio|image|video)_mtok/.test(JSON.stringify(price))) &&
    !/tts/.test(id));

/** The periods of a model's prices; null: one of them has no price for what goes in or comes out. */
const periodsOf = (model: ModelInfo): readonly PeriodRow[] | null => {
  const { id, prices } = model;
  const periods = Array.isArray(prices) ? prices : [{ prices }];
  const rows = withoutNights(periods.map(periodOf));
  const isPriced = (row: PeriodRow): boolean => {
    const [[input = null, output = null]] = row;
    return (input !== null && output !== null) || hasNoOutput(id, row);
  };
  return rows.every(isPriced) ? rows : null;
};

/** Of hours there is DeepSeek's peak alone, which no day of a weekend has, as price-overrides.ts says with its source. */
const WEEKDAYS = [1, 2, 3, 4, 5];

const periodOf = (period: Pick<ConditionalPrice, 'constraint' | 'prices'>): PeriodRow => {
  const rates = ratesOf(period.prices);
  const { constraint } = period;
  if (constraint?.type === 'start_date') return [rates, Date.parse(constraint.start_date)];
  if (constraint?.type !== 'time_of_date') return [rates];
  const { start_time: start, end_time: end } = constraint;
  return [rates, null, [minuteOfDay(start), minuteOfDay(end)], WEEKDAYS];
};

/**
 * DeepSeek sold its nights of 16:30 to 00:30 UTC for less until 5 September 2025, and the data has that still: the day's
 * price holds. https://api-docs.deepseek.com/news/news250821
 */
const withoutNights = (rows: readonly PeriodRow[]): readonly PeriodRow[] => {
  const day = rows.find(([, , minutes]) => minutes?.[0] === 30 && minutes[1] === 990);
  return day === undefined ? rows : [[day[0]]];
};

/** Chats of Bedrock that nobody asks for any more, or that are none: speech, vectors, pictures, Llama 3 and Claude 3. */
const NOT_IN_BEDROCK =
  /sonic|embed|titan|llama3-[78]|llama3-2|claude-3|voxtral|2402|mixtral|7b-instruct-v0/;

/**
 * Names of Bedrock with what may stand around them: where the model runs before it, its version after it. The whole world has
 * a price of its own, and every other place, which `regional.` stands for here, another one.
 */
const bedrockRows = (): readonly PriceRow[] =>
  (findProvider({ providerId: 'aws' })?.models ?? []).flatMap((model) => {
    const periods = NOT_IN_BEDROCK.test(model.id) ? null : periodsOf(model);
    if (periods === null) return [];
    const [, place = '', stem = ''] =
      /^(global\.|regional\.|)(.*?)(?:-v\d+)?(?::\d+)?$/.exec(model.id) ?? [];
    const prefix = place === 'global.' ? plain(place) : PLACE_MARK;
    const pattern = `^${prefix}${plain(stem)}${EDITION_MARK}`;
    return [
      [`${place}${stem}`, pattern, model.context_window ?? null, ...periods] satisfies PriceRow,
    ];
  });

type Rows = Readonly<Record<string, readonly PriceRow[]>>;

/** Rows of the pinned data, by provider. */
const priceRows = (): Rows => ({
  ...Object.fromEntries(FAMILY_PROVIDERS.map((id) => [id, providerRows(id)])),
  bedrock: bedrockRows(),
});

const providerRows = (id: string): readonly PriceRow[] => {
  const provider = findProvider({ providerId: id });
  if (provider === undefined) throw new Error(`no price data for ${id}`);
  return provider.models.flatMap((model) => {
    if (hasFees(id, model.id) || GONE[id]?.test(model.id)) return [];
    const periods = isOwn(id, model) ? periodsOf(model) : null;
    if (periods === null) return [];
    const { id: name, match, context_window = null } = model;
    return [[name, patternOf(match), context_window, ...periods] satisfies PriceRow];
  });
};

/** The generated module as text. */
export const priceTableText = (snapshot: typeof PRICE_SNAPSHOT, rows: Rows = priceRows()): string =>
  [
    '// Generated by `npm run build:prices` from @pydantic/genai-prices. Do not edit: use price-overrides.ts.',
    "import { pricedModels } from './price-rows.ts';",
    '',
    '/** The release of the data, and the day on which it came out. */',
    `export const PRICE_SNAPSHOT = { version: '${snapshot.version}', date: '${snapshot.date}' };`,
    '',
    'export const PRICE_TABLE = pricedModels({',
    ...Object.entries(rows).flatMap(([id, models]) => [
      `  ${id}: [`,
      ...models.map((row) => `    ${JSON.stringify(row)},`),
      '  ],',
    ]),
    '});',
    '',
  ].join('\n');

const SDK_TYPES = [
  ['openai', 'node_modules/openai/resources/shared.d.ts'],
  ['anthropic', 'node_modules/@anthropic-ai/sdk/resources/messages/messages.d.ts'],
] as const;

/** Models that a provider's own SDK names and that have no price here: each wants an override, or is refused on a capped key. */
export const modelsWithoutPrice = (nowMs: number): readonly string[] =>
  SDK_TYPES.flatMap(([provider, path]) => {
    const types = readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
    const lists = types.match(/^export type (?:AllModels|ChatModel|Model) = [^;]+;/gm) ?? [];
    const names = lists.flatMap((list) => list.match(/(?<=')[\w.:-]+(?=')/g) ?? []);
    return [...new Set(names)].filter((name) => priceOf(provider, name, nowMs) === null);
  });

const PACKAGE = '@pydantic/genai-prices';

/** The data says nowhere how old it is: the registry knows when its release came out. */
const installedSnapshot = (): typeof PRICE_SNAPSHOT => {
  const path = new URL(`../node_modules/${PACKAGE}/package.json`, import.meta.url);
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(path, 'utf8')));
  if (version === PRICE_SNAPSHOT.version) return PRICE_SNAPSHOT;
  const told = execFileSync('npm', ['view', PACKAGE, 'time', '--json'], { encoding: 'utf8' });
  const date = z.record(z.string(), z.string()).parse(JSON.parse(told))[version]?.slice(0, 10);
  if (date === undefined) throw new Error(`the registry does not know when ${version} came out`);
  return { version, date };
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const isCheck = process.argv.includes('--check');
  const path = new URL('../lambdas/inference/models/price-table.generated.ts', import.meta.url);
  const before: PriceList = { ...PRICE_SNAPSHOT, models: PRICE_TABLE };
  const rows = priceRows();
  const snapshot = installedSnapshot();
  const after: PriceList = { ...snapshot, models: pricedModels(rows) };
  console.log(priceDiff(before, after).join('\n'));
  const text = priceTableText(snapshot, rows);
  const isChanged = text !== readFileSync(path, 'utf8');
  if (isCheck) process.exitCode = isChanged ? 1 : 0;
  else writeFileSync(path, text);
  console.log(`named by SDKs, without a price: ${modelsWithoutPrice(Date.now()).join(', ')}`);
}
