import { createHash } from 'node:crypto';
import {
  developmentDataProblem,
  LOGHUB_SYSTEMS,
  loghubLines,
  severityOfLevel,
} from '../development-data.ts';
import { attributes, text } from '../otlp/encode.ts';

export const BATCH_MS = Date.UTC(2026, 10, 30, 8);
const LINES_A_SYSTEM = 2_000;
const linesOf = new Map(
  developmentDataProblem === null
    ? LOGHUB_SYSTEMS.map((system) => [system, loghubLines(system)])
    : [],
);

/** The JSON of one batch of real lines: of one system, or of all eight as a collector mixes them. */
export const loghubBatch = (index: number, records: number, services: number): Buffer => {
  const each = records / services;
  const systems =
    services === 1
      ? [LOGHUB_SYSTEMS[Math.floor((index * records) / LINES_A_SYSTEM) % LOGHUB_SYSTEMS.length]]
      : LOGHUB_SYSTEMS;
  const resourceLogs = systems.flatMap((system) =>
    system === undefined ? [] : [resourceOf(system, (index * each) % LINES_A_SYSTEM, each, index)],
  );
  return Buffer.from(JSON.stringify({ resourceLogs }));
};

const resourceOf = (
  system: (typeof LOGHUB_SYSTEMS)[number],
  from: number,
  count: number,
  batch: number,
): object => ({
  resource: {
    attributes: attributes({
      'service.name': text(system),
      'service.namespace': text('shop'),
      'deployment.environment.name': text('production'),
      'telemetry.sdk.language': text('nodejs'),
      'telemetry.sdk.name': text('opentelemetry'),
      'telemetry.sdk.version': text('2.0.0'),
      'host.name': text('ip-10-1-2-3.ec2.internal'),
      'process.pid': { intValue: 4_711 },
    }),
  },
  scopeLogs: [
    {
      scope: { name: 'app' },
      logRecords: (linesOf.get(system) ?? [])
        .slice(from, from + count)
        .map(({ content, level }, index) => ({
          timeUnixNano: `${BATCH_MS - 5_000 + index}000000`,
          observedTimeUnixNano: `${BATCH_MS - 5_000 + index}000000`,
          severityNumber: severityOfLevel(level) || 9,
          severityText: level || 'INFO',
          body: text(content),
          attributes: attributes({
            'thread.name': text(`worker-${index % 7}`),
            'code.lineno': { intValue: 40 + (index % 90) },
          }),
          flags: 1,
          traceId: idOf(`trace ${system} ${batch} ${index}`, 32),
          spanId: idOf(`span ${system} ${batch} ${index}`, 16),
        })),
    },
  ],
});

/** Random to a compressor, the same each time. */
const idOf = (seed: string, digits: number): string =>
  createHash('sha256').update(seed).digest('hex').slice(0, digits);
