import { KEPT_DAYS, type LogBill } from './log-cost.ts';
import { BATCH_SHAPES } from './log-shape.ts';
import type { LogYear } from './log-year.ts';
import { PRICES_OF } from './prices.ts';
import { VENDORS, VENDORS_CHECKED_ON } from './vendors.ts';

const usd = (amount: number): string => `$${Math.round(amount).toLocaleString('en-US')}`;
const count = (value: number): string =>
  value >= 1_000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** The part of the page that is of logs: a year by volume, batch and engine, beside what others ask. */
export const logDocument = (year: LogYear): string =>
  [
    intro(),
    bills(year),
    goals(year),
    parts(year),
    domains(year),
    vendors(year),
    assumptions(),
  ].join('\n\n');

const intro = (): string =>
  `A GB is 10^9 bytes of OTLP in JSON before any compression, as \`GET /v1/ingest/usage\` counts it. The size of a batch decides the
bill: ${BATCH_SHAPES.map(({ records, sender, services }) => `${count(records)} records as ${sender} sends them (${services === 1 ? 'one service' : `${services} services`} in a batch)`).join(', ')}.
Everything is kept for ${KEPT_DAYS} days. \`search: opensearch\` indexes each record in a domain; \`scan\`, the default, reads blocks when
somebody searches.`;

const bills = ({ volumes, bills: all }: LogYear): string =>
  table(
    ['a year', ...volumes.map(({ gbADay }) => `${gbADay} GB a day`)],
    rowsOf(all).map(([name, row]) => [name, ...row.map((bill) => usd(bill.usd))]),
  );

const rowsOf = (all: readonly LogBill[]): readonly (readonly [string, readonly LogBill[]])[] => [
  ...Map.groupBy(
    all,
    ({ shape, search }) => `\`${search}\`, ${count(shape.records)} records a batch`,
  ),
];

const goals = ({ goals: all }: LogYear): string =>
  all
    .map(({ bill, goalUsd }) => {
      const [first, second, third] = byService(bill);
      const what = `${bill.gbADay} GB a day in batches of ${count(bill.shape.records)} with \`search: ${bill.search}\``;
      const verdict =
        bill.usd <= goalUsd
          ? `goal of ${usd(goalUsd)} met`
          : `goal of ${usd(goalUsd)} missed by ${usd(bill.usd - goalUsd)}`;
      return `- **${what}: ${usd(bill.usd)}** (${verdict}). Most of it: ${[first, second, third].flatMap((one) => (one === undefined ? [] : [`${one[0]} ${usd(one[1])}`])).join(', ')}.`;
    })
    .join('\n');

const byService = (bill: LogBill): readonly (readonly [string, number])[] =>
  [...Map.groupBy(bill.lines, ({ service }) => service)]
    .map(([service, lines]) => [service, lines.reduce((sum, line) => sum + line.usd, 0)] as const)
    .toSorted((left, right) => right[1] - left[1]);

const parts = ({ bills: all, detailed }: LogYear): string => {
  const shown = all.filter(({ gbADay, search }) => gbADay === detailed && search === 'scan');
  const names = [...new Set(shown.flatMap(({ lines }) => lines.map(nameOf)))];
  return [
    `Where ${detailed} GB a day go with \`scan\`, $ a year:`,
    table(
      ['service', 'what', ...shown.map(({ shape }) => `${count(shape.records)} a batch`)],
      names
        .map((name) => [
          ...name.split('|'),
          ...shown.map(({ lines }) =>
            count(Math.round(lines.find((line) => nameOf(line) === name)?.usd ?? 0)),
          ),
        ])
        .filter(([, , ...amounts]) => amounts.some((amount) => amount !== '0')),
    ),
  ].join('\n\n');
};

const nameOf = ({ service, what }: { readonly service: string; readonly what: string }): string =>
  `${service}|${what}`;

const domains = ({ bills: all }: LogYear): string => {
  const rows = all.flatMap(({ gbADay, shape, domain }) =>
    domain === null || shape !== BATCH_SHAPES.at(-1)
      ? []
      : [
          [
            `${gbADay} GB a day`,
            `${domain.nodes} ${domain.instance}`,
            count(domain.diskGb),
            ...domain.lines.map((line) => usd(line.usd)),
          ],
        ],
  );
  return [
    `The domain that carries it, on demand (\`search=opensearch\`, \`searchInstance\`, \`searchNodes\`, \`searchVolumeGb\` and
\`searchReplicas=0\`: these instances keep what they index in S3 too):`,
    table(['', 'instances', 'disk in all, GB', 'instances a year', 'disks', 'S3'], rows),
  ].join('\n\n');
};

const vendors = ({ volumes }: LogYear): string =>
  [
    `The same logs by what others publish, on ${VENDORS_CHECKED_ON}, without people, hosts and support:`,
    table(
      ['a year', ...volumes.map(({ gbADay }) => `${gbADay} GB a day`), 'list'],
      VENDORS.map(({ name, terms, source, yearUsd }) => [
        name,
        ...volumes.map(({ gb, records }) => usd(yearUsd({ gb, records }))),
        `[${terms}](${source})`,
      ]),
    ),
  ].join('\n\n');

const assumptions = (): string =>
  `Bytes are measured on the lines of eight real systems (\`test/cost/log-shape.test.ts\`), write units compared with what an engine
counts (\`test/contract/log-units.test.ts\`), processor time taken from [performance](performance.md#the-sre), bytes and speed of an index
from OpenSearch 2.19 on the same lines. Waits, what functions print, searches (1,000 a day) and twice the mean in the busiest hour are
assumptions, named in \`cost/log-cost.ts\` and \`cost/search-domain.ts\`. Traces and metrics are no part of it. Prices are those of
${PRICES_OF.region} below.`;
