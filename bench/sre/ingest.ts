import { randomBytes } from 'node:crypto';
import { decodeLogBlock } from '../../lambdas/sre/in/blocks/log-block.ts';
import { createMasker } from '../../lambdas/sre/in/mask/masker.ts';
import { createSkewMemory } from '../../lambdas/sre/in/normalise/times.ts';
import type { OtlpInput } from '../../lambdas/sre/in/otlp/read-otlp.ts';
import { readBatch } from '../../lambdas/sre/in/read-batch.ts';
import { signalsOf } from '../../lambdas/sre/score/signals/signals-of.ts';
import { LOGHUB_SYSTEMS, loghubLines } from '../../test/support/development-data.ts';
import { attributes, protobufOf, text } from '../../test/support/otlp/encode.ts';
import { readWhole } from '../../test/support/otlp/read-whole.ts';
import { median, shown } from '../kit/figures.ts';
import type { Row, RowGroup } from './group.ts';

const LINES_A_SYSTEM = 500;
const MEGABYTE = 1e6;
const NOW_MS = Date.UTC(2026, 10, 30, 8);

/** One request of 4,000 lines from eight services, with ids of their own and two attributes, as exporters send them. */
const request = (idOf: (bytes: number) => unknown): object => ({
  resourceLogs: LOGHUB_SYSTEMS.map((system) => ({
    resource: {
      attributes: attributes({
        'service.name': text(system),
        'service.namespace': text('shop'),
        'deployment.environment.name': text('production'),
      }),
    },
    scopeLogs: [
      {
        scope: { name: 'app' },
        logRecords: loghubLines(system)
          .slice(0, LINES_A_SYSTEM)
          .map(({ content }, index) => ({
            timeUnixNano: `${NOW_MS - 9_000 + index * 7}000000`,
            observedTimeUnixNano: `${NOW_MS - 9_000 + index * 7}000000`,
            severityNumber: index % 50 === 0 ? 13 : 9,
            severityText: index % 50 === 0 ? 'WARN' : 'INFO',
            body: text(content),
            attributes: attributes({
              'thread.name': text(`worker-${index % 7}`),
              'code.lineno': { intValue: 40 + (index % 90) },
            }),
            flags: 1,
            traceId: idOf(16),
            spanId: idOf(8),
          })),
      },
    ],
  })),
});

const inputs = (): Readonly<Record<string, OtlpInput>> => ({
  protobuf: {
    signal: 'logs',
    body: protobufOf(
      'logs',
      request((bytes) => randomBytes(bytes)),
    ),
    contentType: 'application/x-protobuf',
    contentEncoding: '',
  },
  JSON: {
    signal: 'logs',
    body: Buffer.from(JSON.stringify(request((bytes) => randomBytes(bytes).toString('hex')))),
    contentType: 'application/json',
    contentEncoding: '',
  },
});

/** So many batches are one sample: the collector's work for one of them may fall on the next, of whatever is measured. */
const BATCHES = 8;

const cpuMs = (work: () => void): number => {
  const before = process.cpuUsage();
  for (let left = BATCHES; left > 0; left -= 1) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / BATCHES;
};

/** The compiler is at work in the first ones. */
const ROUNDS = 20;
const MEASURED = 12;

const GOALS: Readonly<Record<string, string>> = { protobuf: '<= 25', JSON: '<= 40' };

export const ingest: RowGroup = {
  name: 'ingest',
  about: 'what a megabyte of OTLP costs from its bytes to its block, and how large the block is',
  rows: ({ isQuick }) => {
    const deps = { masker: createMasker(), skews: createSkewMemory(), signalsOf };
    const rows: Row[] = [];
    for (const [encoding, input] of Object.entries(inputs())) {
      const decode: number[] = [];
      const all: number[] = [];
      // In turn, so that both see the same machine.
      for (let round = 0; round < (isQuick ? 1 : ROUNDS); round += 1) {
        decode.push(cpuMs(() => readWhole(input)));
        all.push(cpuMs(() => readBatch(deps, input, NOW_MS)));
      }
      const [warmDecode, warmAll] = [decode, all].map((samples) =>
        median(samples.slice(-MEASURED)),
      );
      const megabytes = input.body.length / MEGABYTE;
      const { block } = readBatch(deps, input, NOW_MS);
      const { length: records } = decodeLogBlock(block);
      rows.push(
        {
          what: `ingest, CPU ms a MB of OTLP ${encoding}`,
          measured: shown((warmAll ?? 0) / megabytes, 1),
          goal: GOALS[encoding] ?? '',
        },
        {
          what: '- CPU ms for 1,000 records, which a body of either encoding holds alike',
          measured: shown(((warmAll ?? 0) * 1_000) / records, 1),
          goal: '',
        },
        {
          what: `- of it decoding (${shown((warmDecode ?? 0) / megabytes, 1)}): all by decoding`,
          measured: shown((warmAll ?? 0) / (warmDecode ?? 1), 1),
          goal: '<= 3',
        },
        {
          what: `block of ${records} records, by its OTLP ${encoding}`,
          measured: `1/${shown(input.body.length / block.length, 1)}`,
          goal: encoding === 'JSON' ? '<= 1/8' : '',
        },
      );
    }
    return rows;
  },
};
