import { EVENT_DAYS } from './call-writes.ts';
import { logDocument } from './log-document.ts';
import { PRICES, PRICES_OF } from './prices.ts';
import { modelName, type CostReport } from './report.ts';
import type { QuotaHit } from './quotas.ts';
import { KEPT_MONTHS } from './turn-cost.ts';

const usd = (amount: number): string => `$${amount.toFixed(2)}`;
/** Prices and costs of one call are millionths of a dollar. */
const micro = (amount: number): string => (amount * 1e6).toFixed(2);
const count = (value: number): string =>
  value >= 1_000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const verdict = (value: number, goal: number, show: (amount: number) => string): string =>
  value <= goal
    ? `goal of ${show(goal)} met`
    : `goal of ${show(goal)} missed by ${show(value - goal)}`;

/** The report as a page; the command prints it, and `--write` puts it into docs/cost.md. */
export const documentOf = (report: CostReport): string =>
  [
    '# Cost and quotas',
    summary(report),
    intro(report),
    '## Idle',
    idle(report),
    '## One capped call',
    call(report),
    '## One turn of a thread',
    turn(report),
    '## One diagnosis',
    diagnosis(report),
    '## A month',
    month(report),
    '## A year of logs',
    logDocument(report.logYear),
    '## The first quota',
    quotas(report),
    turnLimits(report),
    '## Prices',
    prices(),
    '',
  ].join('\n\n');

/** What a person asks first, in seven lines. */
const summary = (report: CostReport): string => {
  const { traffic, bill, billUsd, modelUsd } = report;
  const dearest = bill
    .slice(0, 3)
    .map(({ service, usd: amount }) => `${service} ${usd(amount)}`)
    .join(', ');
  const first = report.quotas.find((hit) => hit.of === 'stage');
  return `- **An idle stage:** ${usd(report.idleUsd)} a month.
- **A call of a model:** $${(report.callRunUsd + report.callStreamUsd).toFixed(6)} of AWS, beside what its provider bills.
- **A turn of a thread:** $${(report.turnRunUsd + report.turnStreamUsd).toFixed(6)} of AWS, its model call included.
- **This month:** ${usd(billUsd)} of AWS for ${count(traffic.calls)} calls and ${count(traffic.turns)} turns, and ${usd(modelUsd)} for ${modelName}.
- **Most of it:** ${dearest}.
- **A year of logs, 500 GB a day in large batches:** ${logWords(report)}.
- **The first limit:** ${first?.quota ?? 'none'}, at ${count(first?.callsPerSecond ?? 0)} calls a second; the busiest second here has ${count(report.peakCallsPerSecond)}.`;
};

const logWords = ({ logYear: { goals } }: CostReport): string =>
  goals.map(({ bill }) => `$${count(bill.usd)} with \`search: ${bill.search}\``).join(', ');

const intro = ({ traffic }: CostReport): string =>
  `Written by \`npm run cost -- --write\` from the synthesized templates of a default stage and the prices of
${PRICES_OF.region} on ${PRICES_OF.checkedOn}, without free tiers and volume discounts. Traffic here: ${count(traffic.calls)} calls a
month of ${count(traffic.inputTokens)} input and ${count(traffic.outputTokens)} output tokens, ${traffic.streamSeconds} s each, by ${count(traffic.keys)} keys, and ${count(traffic.turns)} turns of threads of ${count(traffic.turnTokens)} output tokens over
${traffic.turnSeconds} s, each read by ${traffic.turnReaders} more readers and watched by ${traffic.socketViewers} ${traffic.socketViewers === 1 ? 'socket' : 'sockets'} (${count(traffic.socketMinutes)} minutes of connections), with a
busiest second of ${traffic.peak} times the mean. \`npm run cost -- --calls 5000000 --output-tokens 800 --stream-seconds 20 --keys 200\` reckons with yours;
\`--json\` answers one JSON document. A setting of the stage comes as \`--context waf=rate\`.`;

const idle = (report: CostReport): string =>
  [
    `**${usd(report.idleUsd)} a month** (${verdict(report.idleUsd, report.idleGoalUsd, usd)}).`,
    table(
      ['service', 'what', 'count', '$ a month'],
      report.idle.map((line) => [line.service, line.what, count(line.count), line.usd.toFixed(2)]),
    ),
  ].join('\n\n');

const call = (report: CostReport): string =>
  [
    `**$${report.callRunUsd.toFixed(7)} of own infrastructure** besides the model, the Lambda seconds of its stream, egress and the
stored usage event (${verdict(report.callRunUsd, report.callGoalUsd, (amount) => `$${amount.toFixed(7)}`)}). Its stream costs $${report.callStreamUsd.toFixed(7)} of Lambda
seconds more.`,
    kept(report),
    table(
      ['service', 'what', 'quantity', 'millionths of a $'],
      report.call.map((line) => [line.service, line.what, count(line.quantity), micro(line.usd)]),
    ),
    `Write units are those that the adapters' own writes consume on an engine (\`test/contract/write-units.test.ts\`);
Lambda reads table streams free of charge. What functions print is measured, Lambda's own lines, the length of the
roll-up and bytes a token are assumptions, named in \`cost/log-bytes.ts\` and \`cost/call-cost.ts\`.`,
  ].join('\n\n');

const turn = (report: CostReport): string =>
  [
    `**$${report.turnRunUsd.toFixed(7)} of own infrastructure** besides the model, Lambda seconds ($${report.turnStreamUsd.toFixed(7)}), egress and
what stays ($${report.turnKeptUsd.toFixed(7)} for ${KEPT_MONTHS} months). A turn is a metered call, with everything durable before it is shown.`,
    table(
      ['service', 'what', 'quantity', 'millionths of a $'],
      report.turn.map((line) => [line.service, line.what, count(line.quantity), micro(line.usd)]),
    ),
    `Write units are those of \`cost/turn-writes.ts\`, which \`test/contract/turn-units.test.ts\` compares with an engine's own
count, and \`npm run bench:threads -- --only units\` with a whole answer's. Logs: ${count(report.logs.callBytes)} bytes a call and ${count(report.logs.turnBytes)} a turn,
${count(report.logs.gb)} GB a month.`,
  ].join('\n\n');

const diagnosis = ({ diagnoses }: CostReport): string =>
  [
    `A model is asked once about an incident, where a project says so ([Diagnosis](sre.md#diagnosis)); the cap of a day bounds it.
Where no model is to be asked, news of a live incident still costs a message, an invocation and two reads, some $0.000002.`,
    table(
      ['model', 'usually, $', 'at most, $', 'AWS beside it, $'],
      diagnoses.map(({ model, usualUsd, mostUsd, awsUsd }) => [
        model,
        usualUsd.toFixed(4),
        mostUsd.toFixed(4),
        awsUsd.toFixed(5),
      ]),
    ),
    `Usually 3,000 tokens in and 500 out in 15 s, which is an assumption; at most what \`lambdas/sre/diagnose/limits.ts\` allows, without hidden thinking.`,
  ].join('\n\n');

/** The event that is kept is stated apart: how long it is kept decides what it costs. */
const kept = ({ callRunUsd, callKeptUsd, callGoalUsd }: CostReport): string => {
  const whole = callRunUsd + callKeptUsd;
  const days = Math.floor(((callGoalUsd - callRunUsd) / callKeptUsd) * EVENT_DAYS);
  return `The usage event that is kept costs $${callKeptUsd.toFixed(7)} over its ${EVENT_DAYS} days: stored and backed up
for 13 months, it costs more than writing it. With it a call is at $${whole.toFixed(7)} (${verdict(whole, callGoalUsd, (amount) => `$${amount.toFixed(7)}`)}${
    whole > callGoalUsd && days > 0 ? `; events of ${days} days would fit` : ''
  }).`;
};

const month = (report: CostReport): string =>
  [
    table(
      ['service', '$ a month'],
      [
        ...report.bill.map(({ service, usd: amount }) => [service, amount.toFixed(2)]),
        ['**all of AWS**', `**${report.billUsd.toFixed(2)}**`],
        [`the provider, for ${modelName}`, report.modelUsd.toFixed(2)],
      ],
    ),
    `DynamoDB's line has the usage events of ${EVENT_DAYS} days and the messages of ${KEPT_MONTHS} months of this traffic in it: a
young stage pays less.
CloudWatch's line has ${report.metricSeries} series of our own metrics in it.`,
  ].join('\n\n');

const quotas = (report: CostReport): string => {
  const first = (of: QuotaHit['of']): QuotaHit | undefined =>
    report.quotas.find((hit) => hit.of === of);
  const [stage, key] = [first('stage'), first('key')];
  return [
    `A stage meets **${stage?.quota ?? ''}** first, at ${count(stage?.callsPerSecond ?? 0)} calls a second; one key alone **${key?.quota ?? ''}**,
at ${count(key?.callsPerSecond ?? 0)}. The busiest second of this traffic has ${count(report.peakCallsPerSecond)}.`,
    table(
      ['quota', 'limit', 'of', 'calls a second', 'source'],
      report.quotas.map((hit) => [
        hit.quota,
        hit.limit,
        hit.of === 'key' ? 'one key' : 'the stage',
        count(hit.callsPerSecond),
        hit.source.startsWith('http') ? `[AWS](${hit.source})` : hit.source,
      ]),
    ),
  ].join('\n\n');
};

const turnLimits = (report: CostReport): string =>
  [
    `Threads, whose busiest second here has ${count(report.peakTurnsPerSecond)} turns:`,
    table(
      ['quota', 'limit', 'of', 'reached at, a second', 'source'],
      report.turnQuotas.map((quota) => [
        quota.quota,
        quota.limit,
        quota.of === 'stage' ? 'the stage' : `one ${quota.of}`,
        `${count(quota.perSecond)} ${quota.what}`,
        quota.source.startsWith('http') ? `[AWS](${quota.source})` : quota.source,
      ]),
    ),
  ].join('\n\n');

const prices = (): string =>
  table(
    ['price', '$', 'source'],
    Object.values(PRICES).map((price) => [
      price.per,
      price.usd >= 0.01
        ? String(price.usd)
        : `${Number((price.usd * 1e6).toPrecision(6))} a million`,
      price.source,
    ]),
  );
