import { createHash } from 'node:crypto';
import type { KeyProfile } from '../../ledger/domain/key.ts';
import type { UsageHour, UsageTotals } from '../../ledger/ports.ts';
import { microsFromNanoUsd } from '../../shared/money.ts';
import { addTotals, NO_USAGE } from './add-totals.ts';
import { cohortOf, costOf, peopleOf, type Person } from './people.ts';

/** What a user pays for a month. Money in nano-USD; percentages in ten-thousandths. */
export type InvoiceRule = {
  /** Fields of the cohort that a user must have; none: everybody. */
  readonly cohort: Readonly<Record<string, string>>;
} & (
  | { readonly kind: 'cost_plus'; readonly markup: bigint }
  /** Nano-USD of a million of each figure, by its name in `USAGE_FIGURES`. */
  | { readonly kind: 'per_token'; readonly perMillion: Readonly<Record<string, bigint>> }
  | {
      readonly kind: 'flat';
      readonly price: bigint;
      /** Cost that the price includes. */
      readonly allowance: bigint;
      /** On the cost above it. */
      readonly markup: bigint;
    }
);

interface Line {
  /** The same in each answer for the month, whatever was called meanwhile. */
  readonly name: string;
  readonly description: string;
  readonly amount: bigint;
}

export interface InvoiceMonth {
  readonly projectId: string;
  /** `2026-11`, UTC. */
  readonly month: string;
  readonly fromMs: number;
  readonly toMs: number;
}

const PARTS = 10_000n;
const MILLION = 1_000_000n;
const CENT_NANO_USD = 10_000_000n;

/**
 * An invoice for each user, by the first rule that its cohort meets. A user's total is rounded to cents once, and its
 * lines share the rounding, so that they add up. Who has no rule is named, not forgotten.
 */
export const priceInvoices = (
  month: InvoiceMonth,
  profiles: readonly KeyProfile[],
  hours: readonly UsageHour[],
  rules: readonly InvoiceRule[],
): { readonly invoices: readonly object[]; readonly without_rule: readonly object[] } => {
  const invoices: object[] = [];
  const without: object[] = [];
  for (const person of peopleOf(profiles, hours)) {
    const rule = rules.find(({ cohort }) =>
      Object.entries(cohort).every(([name, value]) => cohortOf(person, name) === value),
    );
    const cost = costOf(person);
    const name = { user_id: person.userId, keys: person.keys.map(({ keyId }) => keyId) };
    if (rule === undefined) {
      if (cost > 0n) without.push({ ...name, cost_micros: microsFromNanoUsd(cost) });
      continue;
    }
    const lines = linesOf(rule, person);
    if (lines.length > 0) invoices.push(invoiceOf(month, name, rule, cost, lines));
  }
  return { invoices, without_rule: without };
};

const linesOf = (rule: InvoiceRule, person: Person): readonly Line[] => {
  switch (rule.kind) {
    case 'cost_plus':
      return modelsOf(person).map(([model, { costNanoUsd, requestCount }]) => ({
        name: model,
        description: `${model}: ${calls(requestCount)}`,
        amount: plus(costNanoUsd, rule.markup),
      }));
    case 'per_token':
      return modelsOf(person).map(([model, { counts, requestCount }]) => ({
        name: model,
        description: `${model}: ${calls(requestCount)}`,
        amount: Object.entries(rule.perMillion).reduce(
          (sum, [figure, price]) => sum + (price * BigInt(counts[figure] ?? 0)) / MILLION,
          0n,
        ),
      }));
    case 'flat': {
      const over = costOf(person) - rule.allowance;
      const price = { name: 'plan', description: 'Plan', amount: rule.price };
      return over <= 0n
        ? [price]
        : [
            price,
            { name: 'above', description: 'Usage above the plan', amount: plus(over, rule.markup) },
          ];
    }
  }
};

const calls = (count: number): string => (count === 1 ? '1 call' : `${count} calls`);

const plus = (cost: bigint, markup: bigint): bigint => cost + (cost * markup) / PARTS;

/** What each model was used for, the dearest first. */
const modelsOf = ({ hours }: Person): readonly (readonly [string, UsageTotals])[] => {
  const sums = new Map<string, UsageTotals>();
  for (const { byModel } of hours)
    for (const [model, totals] of Object.entries(byModel))
      sums.set(model, addTotals(sums.get(model) ?? NO_USAGE, totals));
  return [...sums].toSorted(([, left], [, right]) =>
    left.costNanoUsd > right.costNanoUsd ? -1 : left.costNanoUsd < right.costNanoUsd ? 1 : 0,
  );
};

/** `stripe` of a line is the body of an invoice item; its customer is the caller's to add. */
const invoiceOf = (
  { projectId, month, fromMs, toMs }: InvoiceMonth,
  name: { readonly user_id: string | null; readonly keys: readonly string[] },
  rule: InvoiceRule,
  cost: bigint,
  lines: readonly Line[],
): object => {
  const cents = inCents(lines.map(({ amount }) => amount));
  const who = name.user_id ?? name.keys[0] ?? '';
  return {
    object: 'invoice',
    ...name,
    rule: rule.kind,
    cost_micros: microsFromNanoUsd(cost),
    amount_cents: cents.reduce((sum, amount) => sum + amount, 0),
    lines: lines.flatMap(({ name: line, description }, index) => {
      const amount = cents[index] ?? 0;
      if (amount === 0) return [];
      return [
        {
          description,
          amount_cents: amount,
          idempotency_key: keyOf([projectId, month, who, line]),
          stripe: {
            currency: 'usd',
            amount,
            description: `${month} ${description}`,
            period: { start: fromMs / 1_000, end: toMs / 1_000 },
            metadata: { sluice_project: projectId, sluice_month: month, sluice_user: who },
          },
        },
      ];
    }),
  };
};

/** The same line of the same month has the same key, however often it is asked for; Stripe accepts 255 characters. */
const keyOf = (parts: readonly string[]): string =>
  `sluice-${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)}`;

/** Whole cents whose sum is the rounded sum: the largest rests get the cents that are missing. */
const inCents = (amounts: readonly bigint[]): readonly number[] => {
  const total = amounts.reduce((sum, amount) => sum + amount, 0n);
  const floors = amounts.map((amount) => amount / CENT_NANO_USD);
  const missing = Number(
    (total + CENT_NANO_USD / 2n) / CENT_NANO_USD - floors.reduce((sum, cents) => sum + cents, 0n),
  );
  const byRest = amounts
    .map((amount, index) => ({ index, rest: amount % CENT_NANO_USD }))
    .toSorted((left, right) => (left.rest > right.rest ? -1 : left.rest < right.rest ? 1 : 0));
  const raised = new Set(byRest.slice(0, missing).map(({ index }) => index));
  return floors.map((cents, index) => Number(cents) + (raised.has(index) ? 1 : 0));
};
