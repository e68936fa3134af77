import { unitKindOf } from '../../inference/models/model-kinds.ts';
import {
  ownRoute,
  type OwnPeriod,
  type OwnPrice,
  type OwnTerms,
} from '../../inference/models/own-prices.ts';
import {
  OWN_PRICES_MAX,
  PRICE_KEPT_MS,
  PRICE_LEAD_MAX_MS,
  PRICE_LEAD_MIN_MS,
  PRICE_PERIODS_MAX,
} from '../../inference/models/price-limits.ts';
import { hasFees, priceOf } from '../../inference/models/prices.ts';
import type { OwnPriceStore } from '../../inference/ports/stage-prices.ts';
import { AppError } from '../../shared/app-error.ts';
import { changeSetting } from './change-setting.ts';

/** Who changes the price of which model, and from when on; null: as soon as every instance can know it. */
export interface PriceAsked {
  readonly byKeyId: string;
  readonly model: string;
  readonly fromMs: number | null;
  readonly nowMs: number;
}

/** Sets a price from a date on; what was planned for later than that is dropped. Throws AppError 400, 409. */
export const setPrice = async (
  store: OwnPriceStore,
  asked: PriceAsked,
  terms: OwnTerms,
): Promise<OwnPrice> => {
  checkModel(asked, terms);
  const period = { fromMs: startOf(asked), terms };
  return await change(store, asked, (before) => ({
    action: before === null ? 'created' : 'changed',
    periods: [...(before?.periods.filter(({ fromMs }) => fromMs < period.fromMs) ?? []), period],
  }));
};

/** The list's price again, from a date on. Throws AppError 404. */
export const endPrice = async (store: OwnPriceStore, asked: PriceAsked): Promise<OwnPrice> => {
  const period = { fromMs: startOf(asked), terms: null };
  return await change(store, asked, (before) => {
    if (before === null) throw noPrice();
    return {
      action: 'removed',
      periods: [...before.periods.filter(({ fromMs }) => fromMs < period.fromMs), period],
    };
  });
};

export const foundPrice = (prices: readonly OwnPrice[], model: string): OwnPrice => {
  const price = prices.find((one) => one.model === model);
  if (price === undefined) throw noPrice();
  return price;
};

type Next = (before: OwnPrice | null) => {
  readonly action: 'created' | 'changed' | 'removed';
  readonly periods: readonly OwnPeriod[];
};

const change = async (store: OwnPriceStore, asked: PriceAsked, next: Next): Promise<OwnPrice> => {
  const { model, byKeyId, nowMs } = asked;
  return await changeSetting('prices', async () => {
    const { prices, seen } = await store.read();
    const { action, periods } = next(prices.find((one) => one.model === model) ?? null);
    const price = { model, periods: stillMeant(periods, nowMs) };
    const others = prices
      .filter((one) => one.model !== model)
      .map((one) => ({ ...one, periods: stillMeant(one.periods, nowMs) }))
      .filter(({ periods: [first, ...more] }) => first?.terms !== null || more.length > 0);
    if (others.length >= OWN_PRICES_MAX)
      throw conflict(`The stage has ${OWN_PRICES_MAX} own prices, which is as many as it may.`);
    if (price.periods.length > PRICE_PERIODS_MAX)
      throw conflict(`A model has at most ${PRICE_PERIODS_MAX} prices that follow each other.`);
    const all = [...others, price].toSorted((one, other) => (one.model < other.model ? -1 : 1));
    const written = { prices: all, seen, price, action, byKeyId, atMs: nowMs };
    return (await store.write(written)) ? price : null;
  });
};

/** Without what no call can be priced by any more. */
const stillMeant = (periods: readonly OwnPeriod[], nowMs: number): readonly OwnPeriod[] =>
  periods.filter((_, at) => {
    const next = periods[at + 1];
    return next === undefined || next.fromMs > nowMs - PRICE_KEPT_MS;
  });

const startOf = ({ fromMs, nowMs }: PriceAsked): number => {
  const firstMs = nowMs + PRICE_LEAD_MIN_MS;
  if (fromMs === null) return firstMs;
  if (fromMs < firstMs)
    throw invalid('from_ms', `at least ${PRICE_LEAD_MIN_MS / 1_000} seconds from now`);
  if (fromMs > nowMs + PRICE_LEAD_MAX_MS) throw invalid('from_ms', 'at most 400 days from now');
  return fromMs;
};

const NAME_LENGTH_MAX = 256;
/** Models that make vectors put nothing out. */
const IS_EMBEDDING = /embed/;

const checkModel = ({ model, nowMs }: PriceAsked, terms: OwnTerms): void => {
  const route = ownRoute(model);
  if (route === null || model.length > NAME_LENGTH_MAX)
    throw new AppError({
      code: 'model_not_found',
      publicMessage: 'No model has this name: gpt-5, vllm/llama-4 and vllm/* are ones that might.',
      facts: { param: 'model' },
    });
  if (hasFees(route.provider, route.model))
    throw invalid(
      'model',
      'it searches by itself, and its searches have a fee that no token limit bounds',
    );
  const isWhole = !model.endsWith('*');
  if (terms.kind === 'share' && isWhole && priceOf(route.provider, route.model, nowMs) === null)
    throw invalid('percent_of_list', 'the list has no price for this model: give rates');
  if (terms.kind !== 'rates') return;
  const { input, output, characters, seconds } = terms.rates;
  const isConversation = characters === undefined && seconds === undefined;
  const hasUnits = unitKindOf(route.model) !== null || IS_EMBEDDING.test(route.model);
  if (isConversation && (input === undefined || (output === undefined && !hasUnits)))
    throw invalid('rates', 'input and output, or characters, or seconds');
};

const noPrice = (): AppError =>
  new AppError({ code: 'not_found', publicMessage: 'There is no own price of this model.' });

const invalid = (param: string, reason: string): AppError =>
  new AppError({
    code: 'invalid_request',
    publicMessage: `${param}: ${reason}.`,
    facts: { param },
  });

const conflict = (publicMessage: string): AppError =>
  new AppError({ code: 'conflict', publicMessage });
