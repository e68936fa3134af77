import type { Price, PricedModel, PricePeriod, Rates } from './rates.ts';

/** The kinds of a period's prices, in the order of its row. */
export const RATE_KINDS = [
  'input',
  'output',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'audioInput',
  'audioOutput',
  'imageInput',
  'imageOutput',
  'seconds',
] as const satisfies readonly (keyof Rates)[];

/** What names one model still: its date or state after its name. Another word after it is another model, and another price. */
const VERSION = String.raw`(?:[-@]?(?:latest|preview|exp|\d{8}|\d{4}-\d{2}-\d{2}|\d{4}))*`;
/** A model by its name, or its name and date. */
export const namePattern = (name: string): RegExp =>
  new RegExp(`^${RegExp.escape(name)}${VERSION}$`);

/** Stands for it in the pattern of a row. */
export const VERSION_MARK = '<version>';

/** Where a model of Bedrock runs, if not in the one region that is asked, and its edition. The whole world has rows of its own. */
const PLACE = String.raw`(?:(?:us|eu|apac|jp|au|ca|in)\.)?`;
const EDITION = String.raw`(?:-v\d+)?(?::\d+)?$`;
export const PLACE_MARK = '<place>';
export const EDITION_MARK = '<edition>';

/** Prices by kind, null where there is none; from when they are, epoch ms; minutes of the day; days of the week. */
export type PeriodRow = readonly [
  prices: readonly (Price | null)[],
  fromMs?: number | null,
  minutes?: readonly [number, number],
  weekdays?: readonly number[],
];
/** Name, pattern, tokens of its window (null: not known), and its prices. */
export type PriceRow = readonly [string, string, number | null, ...PeriodRow[]];

/** A table of prices from its rows by provider: written in full it would be a tenth of a function's code. */
export const pricedModels = (
  rows: Readonly<Record<string, readonly PriceRow[]>>,
): readonly PricedModel[] =>
  Object.entries(rows).flatMap(([provider, models]) =>
    models.map(([id, pattern, contextTokens, ...periods]) => ({
      provider,
      id,
      pattern: pattern
        .replaceAll(VERSION_MARK, () => VERSION)
        .replace(PLACE_MARK, () => PLACE)
        .replace(EDITION_MARK, () => EDITION),
      ...(contextTokens === null ? {} : { contextTokens }),
      prices: periods.map(periodOf),
    })),
  );

const periodOf = ([prices, fromMs, minutes, weekdays]: PeriodRow): PricePeriod => {
  const rates: { -readonly [kind in keyof Rates]: Rates[kind] } = {};
  for (const [at, price] of prices.entries()) {
    const kind = RATE_KINDS[at];
    if (kind !== undefined && price !== null) rates[kind] = price;
  }
  return {
    ...(fromMs === undefined || fromMs === null ? {} : { fromMs }),
    ...(minutes === undefined ? {} : { minutes }),
    ...(weekdays === undefined ? {} : { weekdays }),
    rates,
  };
};
