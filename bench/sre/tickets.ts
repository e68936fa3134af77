import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SeverityNumber } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import * as z from 'zod';
import { adminOfOtherProject } from '../../test/support/other-project.ts';
import { startToolServer, type ToolServer } from '../../test/support/tool-server.ts';
import { thisBuild } from '../kit/builds.ts';
import { quantile, shown } from '../kit/figures.ts';
import { ask, startRuntime, type Runtime } from '../kit/runtime.ts';
import type { Row, RowGroup } from './group.ts';

/** More within ten minutes are one digest. */
const FAULTS_A_PROJECT = 9;
const PROJECTS = 3;
const QUICK_PROJECTS = 1;
const HEALTHY_RECORDS = 40;
const FAILING_RECORDS = 30;
/** What a service sent is usual when its buckets are closed: a minute, and a tick. */
const LEARN_MS = 100_000;
/** Faults come at every moment between two ticks. */
const APART_MS = 1_300;
const LOOK_MS = 100;
const WAIT_MS_MAX = 90_000;

/** From the answer to an exporter to the ticket at a destination, on a running laptop stack. */
export const tickets: RowGroup = {
  name: 'tickets',
  about: 'from the receipt of a line to its ticket at a destination, on a running stack: minutes',
  rows: async ({ isQuick }) => {
    const stateDir = mkdtempSync(join(tmpdir(), 'sluice-bench-tickets-'));
    const runtime = await startRuntime(thisBuild, stateDir, ['npm', 'start', '--']);
    const desk = await startToolServer([{ status: 200, body: '{}' }], async () => {
      arrivals.push(Date.now());
      await Promise.resolve();
    });
    const arrivals: number[] = [];
    try {
      const projects = await Promise.all(
        Array.from({ length: 2 * (isQuick ? QUICK_PROJECTS : PROJECTS) }, async (_, index) =>
          openProject(runtime, stateDir, desk, `project_bench_${index}`),
        ),
      );
      const faults = projects.flatMap((ingestKey, project) =>
        Array.from({ length: FAULTS_A_PROJECT }, (_, index) => ({
          service: `service-${project}-${index}`,
          ingestKey,
          isImmediate: project % 2 === 0,
        })),
      );
      await Promise.all(
        faults.map(async (fault) =>
          send(runtime, fault, lines(HEALTHY_RECORDS, 'order placed', SeverityNumber.INFO)),
        ),
      );
      await sleep(LEARN_MS);
      const receivedMs = new Map<string, number>();
      for (const fault of faults) {
        const sent = fault.isImmediate
          ? lines(1, 'fatal error: out of memory', SeverityNumber.FATAL)
          : lines(FAILING_RECORDS, 'upstream timed out', SeverityNumber.ERROR);
        await send(runtime, fault, sent);
        receivedMs.set(fault.service, Date.now());
        await sleep(APART_MS);
      }
      const untilMs = Date.now() + WAIT_MS_MAX;
      while (openedAt(desk, arrivals).size < faults.length && Date.now() < untilMs)
        await sleep(LOOK_MS);
      const opened = openedAt(desk, arrivals);
      const row = (isImmediate: boolean, goal: string): Row => {
        const own = faults.filter((fault) => fault.isImmediate === isImmediate);
        const seconds = own.flatMap(({ service }) => {
          const atMs = opened.get(service);
          return atMs === undefined ? [] : [(atMs - (receivedMs.get(service) ?? 0)) / 1_000];
        });
        const what = isImmediate ? 'immediate' : 'windowed';
        return {
          what: `receipt to ticket out, ${what}, s: median; p95; of ${own.length}`,
          measured: `${shown(quantile(seconds, 0.5), 1)}; ${shown(quantile(seconds, 0.95), 1)}; ${seconds.length} came`,
          goal,
        };
      };
      return [row(true, 'p95 <= 8'), row(false, 'p95 <= 30')];
    } finally {
      desk.stop();
      await runtime.stop();
      rmSync(stateDir, { recursive: true, force: true });
    }
  },
};

const created = z.object({ secret: z.string() });

/** A project with a destination, and its key for telemetry. */
const openProject = async (
  runtime: Runtime,
  stateDir: string,
  desk: ToolServer,
  project: string,
): Promise<string> => {
  const admin = await adminOfOtherProject(stateDir, project);
  const post = async (path: string, body: object) =>
    created.parse(await (await ask(runtime.base_url, 'POST', path, admin, body)).json());
  await post('/v1/destinations', { kind: 'webhook', name: 'desk', settings: { url: desk.url } });
  return (await post('/v1/keys', { name: 'telemetry', scope: 'ingest' })).secret;
};

interface Fault {
  readonly service: string;
  readonly ingestKey: string;
  readonly isImmediate: boolean;
}

interface Line {
  readonly body: string;
  readonly severityNumber: SeverityNumber;
}

const lines = (count: number, body: string, severityNumber: SeverityNumber): readonly Line[] =>
  Array.from({ length: count }, () => ({ body, severityNumber }));

/** By OpenTelemetry's own exporter; it returns when everything was acknowledged. */
const send = async (runtime: Runtime, fault: Fault, sent: readonly Line[]): Promise<void> => {
  const exporter = new OTLPLogExporter({
    url: `${runtime.base_url}/v1/logs`,
    headers: { authorization: `Bearer ${fault.ingestKey}` },
  });
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': fault.service }),
    processors: [new BatchLogRecordProcessor({ exporter })],
  });
  const logger = provider.getLogger('bench');
  for (const line of sent) logger.emit(line);
  await provider.shutdown();
};

const told = z.looseObject({
  type: z.string(),
  ticket: z.looseObject({ affected: z.array(z.string()) }).optional(),
});

/** When the ticket of each service came. */
const openedAt = (desk: ToolServer, arrivals: readonly number[]): ReadonlyMap<string, number> => {
  const opened = new Map<string, number>();
  for (const [index, { body }] of desk.heard.entries()) {
    const { type, ticket } = told.parse(JSON.parse(body));
    if (type !== 'ticket.opened') continue;
    for (const service of ticket?.affected ?? [])
      if (!opened.has(service)) opened.set(service, arrivals[index] ?? Number.NaN);
  }
  return opened;
};
