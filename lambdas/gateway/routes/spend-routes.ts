import { checked, jsonBody } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { listBody } from '../../http/lists.ts';
import { authenticateAdmin, authenticateReader } from '../../ledger/door.ts';
import { USAGE_FIGURES } from '../../ledger/domain/usage.ts';
import { monthsBetween } from '../../ledger/domain/window.ts';
import type { CapMonth } from '../../ledger/domain/cap.ts';
import type { CapBook, KeyRegister, UsageStore } from '../../ledger/ports.ts';
import { systemClock } from '../../platform/clock.ts';
import {
  adviceQuery,
  cohortsQuery,
  invoicesBody,
  leadsQuery,
  monthSpan,
  type AskedRule,
} from '../formats/spend-format.ts';
import { DEFAULT_SPAN_MS, SPAN_MS_MAX } from '../formats/usage-format.ts';
import { advisePrices } from '../usecases/advise-prices.ts';
import { listLeads } from '../usecases/list-leads.ts';
import { priceInvoices, type InvoiceRule } from '../usecases/price-invoice.ts';
import { sumCohorts } from '../usecases/sum-cohorts.ts';
import { spanOf, wholeHours, type Span } from './span.ts';

const DEFAULT_MARGIN = 0.7;
/** A call that began in a month is settled, and counted, by then. */
const SETTLED_BY_MS = 3_600_000;

interface SpendDeps {
  readonly keys: KeyRegister;
  readonly usage: UsageStore;
  readonly capBook: CapBook;
}

/** What spend says about people: cohorts, who wants more, prices, invoices. */
export const spendRoutes = (deps: SpendDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/cohorts': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    const { by, ...asked } = checked(cohortsQuery, request.query);
    const span = wholeHours(spanOf(asked, SPAN_MS_MAX - 3_600_000));
    const capMonths = await capMonthsOf(deps, projectId, span);
    const { profiles, hours } = await readSpend(deps, projectId, span);
    const data = sumCohorts({ profiles, hours, capMonths, by, ...span });
    return {
      status: 200,
      body: { object: 'cohorts', by, from_ms: span.fromMs, to_ms: span.toMs, data },
    };
  },
  'GET /v1/leads': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    const { month = monthOf(systemClock.nowMs()) } = checked(leadsQuery, request.query);
    const [profiles, months] = await Promise.all([
      deps.keys.everyProfile(projectId),
      deps.capBook.ofMonth(projectId, month),
    ]);
    return { status: 200, body: listBody(listLeads(profiles, months), null) };
  },
  'GET /v1/prices/advice': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    const { margin = DEFAULT_MARGIN, ...asked } = checked(adviceQuery, request.query);
    const span = wholeHours(spanOf(asked, DEFAULT_SPAN_MS));
    const { profiles, hours } = await readSpend(deps, projectId, span);
    const spanMs = span.toMs - span.fromMs;
    return {
      status: 200,
      body: {
        object: 'price_advice',
        from_ms: span.fromMs,
        to_ms: span.toMs,
        margin,
        data: advisePrices(profiles, hours, { margin, spanMs }),
      },
    };
  },
  'POST /v1/invoices': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    const { month, rules } = checked(invoicesBody, jsonBody(request));
    const span = monthSpan(month);
    const { profiles, hours } = await readSpend(deps, projectId, span);
    const of = { projectId, month, ...span };
    return {
      status: 200,
      body: {
        object: 'invoices',
        month,
        is_final: systemClock.nowMs() >= span.toMs + SETTLED_BY_MS,
        ...priceInvoices(of, profiles, hours, rules.map(ruleOf)),
      },
    };
  },
});

const readSpend = async (deps: SpendDeps, projectId: string, span: Span) => {
  const [profiles, hours] = await Promise.all([
    deps.keys.everyProfile(projectId),
    deps.usage.hours({ projectId, keyId: null, ...span }),
  ]);
  return { profiles, hours };
};

const capMonthsOf = async (
  { capBook }: SpendDeps,
  projectId: string,
  { fromMs, toMs }: Span,
): Promise<readonly CapMonth[]> => {
  const months = await Promise.all(
    monthsBetween(fromMs, toMs).map(async (month) => await capBook.ofMonth(projectId, month)),
  );
  return months.flat();
};

const monthOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 7);

const ruleOf = (said: AskedRule): InvoiceRule => {
  const { cohort: wanted } = said;
  const fields = Object.fromEntries(
    Object.entries(wanted).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  switch (said.kind) {
    case 'cost_plus':
      return { kind: said.kind, cohort: fields, markup: said.markup_percent };
    case 'per_token':
      return {
        kind: said.kind,
        cohort: fields,
        perMillion: Object.fromEntries(
          USAGE_FIGURES.map((one) => [one.figure, said.usd_per_million[one.view] ?? 0n]),
        ),
      };
    case 'flat':
      return {
        kind: said.kind,
        cohort: fields,
        price: said.usd,
        allowance: said.included_usd,
        markup: said.markup_percent ?? 0n,
      };
  }
};
