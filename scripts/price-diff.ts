import {
  tiersOf,
  type PricedModel,
  type PricePeriod,
  type Price,
} from '../lambdas/inference/models/rates.ts';

/** A table of prices with the release of the data that it was made from. */
export interface PriceList {
  readonly version: string;
  readonly date: string;
  readonly models: readonly PricedModel[];
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const NANO_A_USD = 1e9;
/** A price that moves by more is more often a slip of a comma than news. */
const MARKED_TIMES = 3;

/** What a person should look at before a table takes the place of another one: a line for each price that moves. */
export const priceDiff = (before: PriceList, after: PriceList): readonly string[] => {
  const [old, now] = [byName(before), byName(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])].toSorted();
  const changed: string[] = [];
  const added: string[] = [];
  const gone: string[] = [];
  for (const name of names) {
    const [left, right] = [old.get(name), now.get(name)];
    if (left === undefined && right !== undefined) added.push(`  ${name}  ${summary(right)}`);
    else if (right === undefined && left !== undefined) gone.push(`  ${name}  ${summary(left)}`);
    else if (left !== undefined && right !== undefined)
      changed.push(...changesOf(left, right).map((line) => `  ${name}  ${line}`));
  }
  const title = `prices ${before.version} of ${before.date} -> ${after.version} of ${after.date}`;
  if (changed.length + added.length + gone.length === 0) return [`${title}: nothing changes`];
  return [
    title,
    ...section('changed, $ a million', changed),
    ...section('added', added),
    ...section('gone: capped keys will be refused them', gone),
  ];
};

const byName = ({ models }: PriceList): ReadonlyMap<string, PricedModel> =>
  new Map(models.map((model) => [`${model.provider}/${model.id}`, model]));

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`${title} (${lines.length})`, ...lines];

const changesOf = (left: PricedModel, right: PricedModel): readonly string[] => {
  const [old, now] = [figuresOf(left), figuresOf(right)];
  const kinds = [...new Set([...old.keys(), ...now.keys()])];
  const prices = kinds.flatMap((kind) => {
    const [from, to] = [old.get(kind), now.get(kind)];
    return from === to ? [] : [`${kind}  ${usd(from)} -> ${usd(to)}${changeText(from, to)}`];
  });
  return [
    ...prices,
    ...(left.pattern === right.pattern ? [] : [`names  ${left.pattern} -> ${right.pattern}`]),
    ...(left.contextTokens === right.contextTokens
      ? []
      : [`window  ${left.contextTokens ?? '-'} -> ${right.contextTokens ?? '-'} tokens`]),
  ];
};

/** Every figure of a model, with what it is the price of. */
const figuresOf = ({ prices }: PricedModel): ReadonlyMap<string, number> => {
  const figures = new Map<string, number>();
  for (const period of prices)
    for (const [kind, price] of Object.entries<Price>({ ...period.rates }))
      for (const [above, nano] of tiersOf(price))
        figures.set(`${kind}${aboveText(above)}${whenText(period)}`, nano);
  return figures;
};

const aboveText = (above: number): string =>
  above === 0 ? '' : ` above ${above.toLocaleString('en-US')} tokens`;

const whenText = ({ fromMs, minutes, weekdays }: PricePeriod): string =>
  [
    fromMs === undefined ? '' : ` from ${new Date(fromMs).toISOString().slice(0, 10)}`,
    minutes === undefined ? '' : ` ${minutes.map(clock).join('-')} UTC`,
    weekdays === undefined ? '' : ` ${weekdays.map((day) => DAYS[day]).join(' ')}`,
  ].join('');

const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

const usd = (nano: number | undefined): string =>
  nano === undefined ? '-' : `$${Number((nano / NANO_A_USD).toFixed(6))}`;

const changeText = (from: number | undefined, to: number | undefined): string => {
  if (from === undefined || to === undefined || from === 0) return '';
  const percent = ((to - from) / from) * 100;
  const isFar = to > from * MARKED_TIMES || to * MARKED_TIMES < from;
  return `  ${percent > 0 ? '+' : ''}${percent.toFixed(1)} %${isFar ? '  (!)' : ''}`;
};

const summary = (model: PricedModel): string =>
  [...figuresOf(model)].map(([kind, nano]) => `${kind} ${usd(nano)}`).join(', ');
