/** Ten minutes of a shop at twenty times their speed, by OpenTelemetry's own exporters, against the running stack. */
import { context, SeverityNumber, SpanKind, trace } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { runningStack } from './running-stack.ts';
import { SHOP_MS, shopEvents, type ShopEvent } from './shop.ts';
import { simulatedDiagnoses, ticketDesk, ticketText } from './tour-tickets.ts';
import { vendorDesks } from './tour-vendors.ts';

const SPEED = 20;
const STEP_MS = 250;
/** Each look is a line on the terminal of the stack. */
const LOOK_EVERY_STEPS = 12;
/** What is found last comes within a tick of the evaluation. */
const AFTER_MS = 15_000;
/** From a change of an incident to its ticket. */
const TICKET_MS = 5_000;

const { stateDir } = z.object({ stateDir: z.string() }).parse(
  new Command('npm run tour:sre --')
    .option(
      '--state-dir <folder>',
      'state of the running stack',
      process.env['SLUICE_STATE_DIR'] ?? '.sluice',
    )
    .parse()
    .opts(),
);

const { baseUrl, adminKey, simulated, ask } = await runningStack(stateDir);

const { secret } = z
  .object({ secret: z.string() })
  .parse(await ask('POST', '/v1/keys', { name: 'tour of the SRE', scope: 'ingest' }));

/** One service of the shop with its own exporters, as it would run. */
const serviceNamed = (service: string) => {
  const resource = resourceFromAttributes({
    'service.name': service,
    'service.namespace': 'shop',
    'deployment.environment.name': 'production',
  });
  const headers = { authorization: `Bearer ${secret}` };
  const delay = { scheduledDelayMillis: 500 };
  const logs = new LoggerProvider({
    resource,
    processors: [
      new BatchLogRecordProcessor({
        exporter: new OTLPLogExporter({ url: `${baseUrl}/v1/logs`, headers }),
        ...delay,
      }),
    ],
  });
  const spans = new TracerProvider({
    resource,
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: `${baseUrl}/v1/traces`, headers }),
        ...delay,
      }),
    ],
  });
  return {
    logger: logs.getLogger('shop'),
    tracer: spans.getTracer('shop'),
    end: async () => await Promise.all([logs.shutdown(), spans.shutdown()]),
  };
};

const services = new Map(
  ['catalog', 'checkout', 'payments'].map((name) => [name, serviceNamed(name)]),
);

const play = (event: ShopEvent): void => {
  const service = services.get(event.service);
  if (service === undefined) return;
  const { request } = event;
  const span = service.tracer.startSpan(request?.route ?? event.service, {
    kind: SpanKind.SERVER,
    attributes:
      request === null
        ? {}
        : { 'http.route': request.route, 'http.response.status_code': request.status },
  });
  service.logger.emit({
    context: trace.setSpan(context.active(), span),
    severityNumber: severityOf(event.severity),
    body: event.text,
    attributes: {
      ...(request === null
        ? {}
        : {
            'http.request.method': 'POST',
            'http.route': request.route,
            'http.response.status_code': request.status,
          }),
      ...(event.exceptionType === null
        ? {}
        : {
            'exception.type': event.exceptionType,
            'exception.message': event.text,
            'exception.stacktrace': event.stack ?? '',
          }),
    },
  });
  span.end();
};

const severityOf = (severity: number): SeverityNumber =>
  severity >= 17
    ? SeverityNumber.ERROR
    : severity >= 13
      ? SeverityNumber.WARN
      : SeverityNumber.INFO;

const anomaly = z.object({
  id: z.string(),
  revision: z.number(),
  severity: z.string(),
  source: z.object({ service: z.string() }),
  opened_at: z.number(),
  found_at: z.number(),
  why: z.string(),
  score: z.object({
    score: z.number(),
    parts: z.array(
      z.object({
        category: z.string(),
        weight: z.number(),
        value: z.number(),
        points: z.number(),
        because: z.array(z.string()),
      }),
    ),
    adjustment: z.object({ name: z.string(), points: z.number() }),
  }),
});
type Anomaly = z.infer<typeof anomaly>;

const shown = new Map<string, number>();
const beganMs = Date.now();

/** Anomalies that are new, or worse than when they were shown. */
const found = async (): Promise<readonly Anomaly[]> => {
  const { data } = z
    .object({ data: z.array(anomaly) })
    .parse(await ask('GET', `/v1/anomalies?from_ms=${beganMs - 10_000}`));
  const news = data.filter(({ id, revision }) => revision > (shown.get(id) ?? 0));
  for (const { id, revision } of news) shown.set(id, revision);
  return news.toReversed();
};

const tell = ({ severity, source, why, score, revision }: Anomaly): void => {
  console.log(
    `\n${severity.toUpperCase()} in ${source.service}${revision > 1 ? ' (worse than before)' : ''}: ${why}`,
  );
  for (const { category, weight, value, points, because } of score.parts)
    console.log(
      `  ${category.padEnd(12)} ${points.toFixed(3)}  = ${weight.toFixed(3)} x ${value.toFixed(2)}  ${because.join(', ')}`,
    );
  const { name, points } = score.adjustment;
  console.log(`  ${'adjustment'.padEnd(12)} ${points.toFixed(3)}  ${name}`);
  console.log(`  ${'score'.padEnd(12)} ${score.score.toFixed(3)}`);
};

const diagnoses = await simulatedDiagnoses(ask, simulated);
const tickets: string[] = [];
const incidents = new Set<string>();
const diagnosed = new Set<string>();
const desk = await ticketDesk(ask, (type, ticket) => {
  // What a model said once is not printed with each change.
  const isTold = diagnosed.has(ticket.incident_id);
  if (ticket.diagnosis !== null) diagnosed.add(ticket.incident_id);
  tickets.push(ticketText(type, isTold ? { ...ticket, diagnosis: null } : ticket));
  incidents.add(ticket.incident_id);
});
const vendors = await vendorDesks(ask);
/** Tickets that came since the last look. */
const tellTickets = (): void => {
  for (const ticket of tickets.splice(0)) console.log(ticket);
};

const events = shopEvents();
console.log(
  `Ten minutes of a shop in ${SHOP_MS / SPEED / 1_000} seconds, and ${AFTER_MS / 1_000} more for what is found last:
${events.length} events of ${services.size} services, sent to ${baseUrl} as their exporters send them. Catalog answers 400 and
404 all the time, which is nobody's failure; after six minutes payments runs out of connections.`,
);
const bar = new SingleBar({
  format: 'shop {bar} {minutes} of 10 minutes, {value}/{total} events',
  clearOnComplete: true,
});
bar.start(events.length, 0, { minutes: '0.0' });
let next = 0;
let looking = Promise.resolve();
const look = async (): Promise<void> => {
  const news = await found();
  if (news.length === 0 && tickets.length === 0) return;
  bar.stop();
  for (const one of news) tell(one);
  tellTickets();
  bar.start(events.length, next, { minutes: minutes() });
};
const minutes = (): string =>
  (Math.min(SHOP_MS, (Date.now() - beganMs) * SPEED) / 60_000).toFixed(1);
for (let step = 0; next < events.length; step++) {
  const untilMs = (Date.now() - beganMs) * SPEED;
  for (
    let event = events[next];
    event !== undefined && event.atMs <= untilMs;
    event = events[next]
  ) {
    play(event);
    next += 1;
  }
  bar.update(next, { minutes: minutes() });
  if (step % LOOK_EVERY_STEPS === LOOK_EVERY_STEPS - 1) looking = looking.then(look);
  await sleep(STEP_MS);
}
await Promise.all([...services.values()].map(async ({ end }) => await end()));
await looking;
bar.stop();
console.log(`\nThe shop is over. What is found last comes within ${AFTER_MS / 1_000} seconds ...`);
for (const untilMs = Date.now() + AFTER_MS; Date.now() < untilMs;) {
  await sleep(LOOK_EVERY_STEPS * STEP_MS);
  for (const one of await found()) tell(one);
  tellTickets();
}
const ofState = stateDir === '.sluice' ? '' : ` --state-dir ${stateDir}`;
console.log(
  '\nThe same ticket as people see it elsewhere (servers on this machine that are as strict):',
);
console.log(vendors.shown());
console.log('\nThe on-call engineer acknowledges what is open, and resolves it:');
for (const id of incidents)
  for (const state of ['acknowledged', 'resolved']) {
    await ask('PATCH', `/v1/incidents/${id}`, { state });
    await sleep(TICKET_MS);
    tellTickets();
  }
console.log('\nWhere it stands elsewhere:');
console.log(vendors.states());
await Promise.all([desk.end(), vendors.end()]);
await diagnoses.end();
console.log(
  `\n${shown.size} ${shown.size === 1 ? 'anomaly' : 'anomalies'}, none of catalog's 400s and 404s among them. Ask for one with its lines:
curl -s ${baseUrl}/v1/anomalies/${[...shown.keys()][0] ?? ''} -H "authorization: Bearer ${adminKey}"
or all of them as a table: npm run -s ops -- anomalies${ofState}, incidents: npm run -s ops -- incidents${ofState}
or search: curl -s "${baseUrl}/v1/logs/search?q=HikariPool&limit=2" -H "authorization: Bearer ${adminKey}"`,
);
