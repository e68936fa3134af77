import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../../lambdas/shared/app-error.ts';
import { CorruptBlock } from '../../../../lambdas/sre/in/blocks/bytes.ts';
import { encodeLogBlock } from '../../../../lambdas/sre/in/blocks/log-block.ts';
import { readBlock } from '../../../../lambdas/sre/in/blocks/read-block.ts';
import { joinLines } from '../../../../lambdas/sre/in/join/join-lines.ts';
import { maskText } from '../../../../lambdas/sre/in/mask/mask-text.ts';
import { createMasker } from '../../../../lambdas/sre/in/mask/masker.ts';
import { severityInLine } from '../../../../lambdas/sre/in/normalise/line-level.ts';
import { severityOfText } from '../../../../lambdas/sre/in/normalise/severity.ts';
import { splitStack } from '../../../../lambdas/sre/in/normalise/exception.ts';
import { createSkewMemory } from '../../../../lambdas/sre/in/normalise/times.ts';
import type { OtlpInput } from '../../../../lambdas/sre/in/otlp/read-otlp.ts';
import { readBatch } from '../../../../lambdas/sre/in/read-batch.ts';
import { zstdBlock } from '../../../support/otlp/zstd-block.ts';
import { attributes, logsRequest, protobufOf, text } from '../../../support/otlp/encode.ts';
import { ARRIVAL_MS, nanos, storedLogs } from '../../../support/otlp/read-logs.ts';
import { mutated, randomOf, type Random } from '../../../support/otlp/mutate.ts';

/** All of them together are more than 100,000 inputs. Another seed: SLUICE_FUZZ_SEED. */
const SEED = Number(process.env['SLUICE_FUZZ_SEED'] ?? 1);

const deps = { masker: createMasker(), skews: createSkewMemory(), signalsOf: () => [] };

/** Runs each input by a seed of its own, which a failure names. */
const fuzz = (runs: number, run: (random: Random) => void): void => {
  for (let index = 0; index < runs; index += 1) {
    const seed = SEED * 1_000_003 + index;
    try {
      run(randomOf(seed));
    } catch (cause) {
      throw new Error(`seed ${seed}: ${cause instanceof Error ? cause.message : ''}`, { cause });
    }
  }
};

/** What a sender may be told; anything else is a defect. */
const STATUSES = new Set([400, 413, 415]);

const readOrRefuse = (input: OtlpInput): void => {
  try {
    const batch = readBatch(deps, input, ARRIVAL_MS);
    if (batch.block.length > 0) readBlock(batch.block);
    for (const time of [batch.fromMs, batch.toMs])
      expect(time >= ARRIVAL_MS - 604_860_000 && time <= ARRIVAL_MS + 60_000).toBe(true);
  } catch (error) {
    if (!(error instanceof AppError) || !STATUSES.has(error.status)) throw error;
  }
};

const RECORDS = [
  {
    timeUnixNano: nanos(ARRIVAL_MS),
    severityNumber: 17,
    severityText: 'ERROR+8',
    body: text(
      'order 7 of ann@example.org lost\nTraceback (most recent call last):\n  File "a.py", line 1',
    ),
    attributes: attributes({
      n: { intValue: '9007199254740993' },
      d: { doubleValue: 1.5 },
      m: {
        kvlistValue: { values: attributes({ a: { arrayValue: { values: [text('x'), {}] } } }) },
      },
      'http.response.status_code': { intValue: 503 },
      'exception.type': text('E1'),
      'exception.stacktrace': text('TypeError: x\n    at f (a.js:1:2)'),
    }),
  },
  { body: text('{"level":"error","msg":"x","err":{"stack":"y"}}') },
  { body: text('\tat a.B.c(B.java:1)'), eventName: 'event src/a.rs:1' },
];
const SPANS = {
  resourceSpans: [
    {
      scopeSpans: [
        {
          spans: [
            {
              name: 'a',
              kind: 2,
              startTimeUnixNano: nanos(ARRIVAL_MS),
              endTimeUnixNano: nanos(ARRIVAL_MS + 3),
              status: { code: 2, message: 'no' },
              events: [
                { name: 'exception', attributes: attributes({ 'exception.message': text('m') }) },
              ],
            },
          ],
        },
      ],
    },
  ],
};
const METRICS = {
  resourceMetrics: [
    {
      scopeMetrics: [
        {
          metrics: [
            { name: 'process.cpu.utilization', gauge: { dataPoints: [{ asDouble: 0.5 }] } },
            { name: 'jvm.memory.used', sum: { dataPoints: [{ asInt: '7' }] } },
          ],
        },
      ],
    },
  ],
};
const REQUESTS = { logs: logsRequest(RECORDS), traces: SPANS, metrics: METRICS } as const;
const SIGNALS = ['logs', 'traces', 'metrics'] as const;

describe('bytes that somebody changed', () => {
  test.each(SIGNALS)('of %s in protobuf are read or refused', (signal) => {
    const body = Buffer.from(protobufOf(signal, REQUESTS[signal]));
    fuzz(10_000, (random) => {
      readOrRefuse({
        signal,
        body: mutated(body, random),
        contentType: 'application/x-protobuf',
        contentEncoding: '',
      });
    });
  });

  test.each(SIGNALS)('of %s in JSON are read or refused', (signal) => {
    const body = Buffer.from(JSON.stringify(REQUESTS[signal]));
    fuzz(8_000, (random) => {
      readOrRefuse({
        signal,
        body: mutated(body, random),
        contentType: 'application/json',
        contentEncoding: '',
      });
    });
  });

  test('of each compression are read or refused', () => {
    const body = Buffer.from(JSON.stringify(REQUESTS.logs));
    const coded = {
      gzip: gzipSync(body),
      deflate: deflateSync(body),
      zstd: zstdCompressSync(body),
    };
    for (const [contentEncoding, bytes] of Object.entries(coded))
      fuzz(2_000, (random) => {
        readOrRefuse({
          signal: 'logs',
          body: mutated(bytes, random),
          contentType: 'application/json',
          contentEncoding,
        });
      });
  });

  test('of a block are a CorruptBlock or other records, below its checksum too', () => {
    const block = encodeLogBlock(storedLogs(RECORDS));
    const readOrCorrupt = (bytes: Uint8Array): void => {
      try {
        readBlock(bytes);
      } catch (error) {
        if (!(error instanceof CorruptBlock)) throw error;
      }
    };
    fuzz(10_000, (random) => readOrCorrupt(mutated(block, random)));
    const { head, plain } = zstdBlock.open(block);
    fuzz(10_000, (random) => readOrCorrupt(zstdBlock.seal(head, mutated(plain, random))));
  });
});

describe('values of every wrong type', () => {
  const VALUES = [
    null,
    0,
    -1,
    1e21,
    '',
    'x',
    'NaN',
    true,
    [],
    {},
    [null],
    { values: 7 },
    { low: 1, high: -1 },
    { low: 'x', high: 1 },
  ];

  /** Replaces some members, at any depth. */
  const spoiled = (value: unknown, random: Random): unknown => {
    if (random.below(12) === 0) return VALUES[random.below(VALUES.length)];
    if (Array.isArray(value)) return value.map((item) => spoiled(item, random));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, spoiled(member, random)]),
    );
  };

  test.each(SIGNALS)('in %s of JSON are read or refused', (signal) => {
    fuzz(5_000, (random) => {
      const body = Buffer.from(JSON.stringify(spoiled(REQUESTS[signal], random)) ?? '');
      readOrRefuse({ signal, body, contentType: 'application/json', contentEncoding: '' });
    });
  });
});

describe('lines of anything', () => {
  const PIECES = [
    'at ',
    '(',
    ')',
    ':1',
    '#0 ',
    'File "a", line 1',
    'Traceback (most recent call last):',
    'KeyError: 1',
    '\n',
    ' ',
    '\t',
    'Caused by: ',
    'goroutine 1 [running]:',
    '/a.go:3',
    'BUG: ',
    '[ 1.2] ',
    '---[ end trace',
    '+0x1/0x2',
    'password=',
    '"',
    'a@b.cd',
    '4111 1111 1111 1111',
    'eyJ',
    'ERROR+8',
    'level=',
    '\ud83d',
    '\u0000',
    '😀',
    '^^^',
  ];
  const lineOf = (random: Random): string =>
    Array.from({ length: random.below(12) }, () => PIECES[random.below(PIECES.length)] ?? '').join(
      '',
    );

  test('are masked, split and given a severity, and what was masked stays so', () => {
    fuzz(20_000, (random) => {
      const line = lineOf(random);
      const masked = maskText(line);
      expect(maskText(masked)).toBe(masked);
      const split = splitStack(line);
      if (split !== null) expect(line.endsWith(split.stack)).toBe(true);
      expect(severityInLine(line) + severityOfText(line)).toBeGreaterThanOrEqual(0);
    });
  });

  test('are joined in order, each once', () => {
    fuzz(5_000, (random) => {
      const lines = Array.from({ length: random.below(12) }, () => ({
        text: lineOf(random),
        timeMs: random.below(20_000),
      }));
      let last = 0;
      for (const { start, end, message } of joinLines(lines)) {
        expect(
          start >= last && end > start && message >= start && message < end && end <= lines.length,
        ).toBe(true);
        last = end;
      }
    });
  });
});
