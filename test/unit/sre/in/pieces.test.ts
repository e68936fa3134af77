import { describe, expect, test } from 'vitest';
import { decodeLogBlock } from '../../../../lambdas/sre/in/blocks/log-block.ts';
import { attributes, text } from '../../../support/otlp/encode.ts';
import {
  ARRIVAL_MS,
  jsonInput,
  nanos,
  readFresh,
  storedLogs,
} from '../../../support/otlp/read-logs.ts';

const SECRET = 'sk-proj-Zq8Nw3Lk5Tr1Yb7Vc2Md4Xf6Hs9Jg0PaQeRtUiOpAsDf';
/** What no word of is masked, as long as a runtime's buffer. */
const filler = (chars: number): string => 'order paid '.repeat(chars).slice(0, chars);
const LINE = `${filler(16_370)} key ${SECRET} of ${filler(500)}.`;
const MASKED = LINE.replace(SECRET, '<secret>');
const SPLIT_AT = 16_384;

type Told = Readonly<Record<string, string>>;
interface Cut {
  readonly piece: string;
  readonly isLast: boolean;
  readonly place: number;
  readonly stream: string;
}

const structuredBody = (members: Told): object => ({
  kvlistValue: {
    values: attributes(
      Object.fromEntries(Object.entries(members).map(([key, value]) => [key, text(value)])),
    ),
  },
});

const timed = (place: number, record: object): object => ({
  timeUnixNano: nanos(ARRIVAL_MS - 5_000 + place),
  ...record,
});

/** How pieces come from what reads the files of a runtime, or from its driver, when nobody joins them before. */
const SENDERS: Readonly<Record<string, (cut: Cut) => object>> = {
  'the lines of containerd and CRI-O': ({ piece, isLast, place, stream }) => ({
    body: text(`2026-11-30T07:59:5${place}.123456789Z ${stream} ${isLast ? 'F' : 'P'} ${piece}`),
  }),
  'the same as bytes': ({ piece, isLast, stream }) => ({
    body: {
      bytesValue: Buffer.from(
        `2026-11-30T07:59:50.1Z ${stream} ${isLast ? 'F' : 'P'} ${piece}`,
      ).toString('base64'),
    },
  }),
  "the lines of Docker's files": ({ piece, isLast, place, stream }) => ({
    body: text(
      JSON.stringify({
        log: isLast ? `${piece}\n` : piece,
        stream,
        time: `2026-11-30T07:59:5${place}.1Z`,
      }),
    ),
  }),
  'a collector that parses the lines': ({ piece, isLast, place, stream }) => ({
    body: text(piece),
    attributes: attributes({
      'log.iostream': text(stream),
      logtag: text(isLast ? 'F' : 'P'),
      time: text(`2026-11-30T07:59:5${place}.1Z`),
      'log.file.path': text('/var/log/pods/shop_cart-1_0/cart/0.log'),
    }),
  }),
  'Fluent Bit, with its parser of the CRI': ({ piece, isLast, place, stream }) => ({
    body: structuredBody({
      time: `2026-11-30T07:59:5${place}.1Z`,
      stream,
      logtag: isLast ? 'F' : 'P',
      log: piece,
    }),
  }),
  'FireLens, of a task of Fargate': ({ piece, isLast, place, stream }) => ({
    body: structuredBody({
      log: piece,
      source: stream,
      container_name: '/cart',
      partial_message: 'true',
      partial_id: `3a0b${stream}`,
      partial_ordinal: String(place + 1),
      partial_last: String(isLast),
    }),
  }),
  'a body of plain JSON': ({ piece, isLast, stream }) => ({
    body: { log: piece, stream, logtag: isLast ? 'F' : 'P' },
  }),
};

const piecesOf = (line: string, send: (cut: Cut) => object, stream = 'stderr', at = SPLIT_AT) => {
  const records: object[] = [];
  for (let from = 0; from < line.length; from += at)
    records.push(
      timed(
        records.length,
        send({
          piece: line.slice(from, from + at),
          isLast: from + at >= line.length,
          place: records.length,
          stream,
        }),
      ),
    );
  return records;
};

describe.each(Object.entries(SENDERS))('a line in pieces of %s', (_name, send) => {
  test('is one record with the time of its first piece, and a secret across the cut is masked', () => {
    const logs = storedLogs(piecesOf(LINE, send));
    expect(logs.map(({ text: said }) => said)).toEqual([MASKED]);
    expect(logs[0]?.timeMs).toBe(ARRIVAL_MS - 5_000);
  });

  test('is joined out of three pieces too, and so is a stack in them', () => {
    const stack = `java.lang.Error: ${filler(20_000)}\n${'\tat shop.Cart.add(Cart.java:3)\n'.repeat(600)}\tat a.B.c(B.java:1)`;
    const [log, ...others] = storedLogs(piecesOf(stack, send));
    expect(others).toEqual([]);
    expect(log?.exceptionType).toBe('java.lang.Error');
    expect(log?.stack?.endsWith('\tat a.B.c(B.java:1)')).toBe(true);
  });

  test('is told from the pieces of the other stream between them', () => {
    const [first = {}, second = {}] = piecesOf(LINE, send, 'stderr');
    const [other = {}, last = {}] = piecesOf(LINE.replace('key', 'out'), send, 'stdout');
    const logs = storedLogs([first, other, second, last]);
    expect(logs.map(({ text: said }) => said)).toEqual([MASKED, MASKED.replace('key', 'out')]);
  });

  test('is kept as far as it came', () => {
    const [first = {}] = piecesOf(LINE, send);
    expect(storedLogs([first]).map(({ text: said }) => said)).toEqual([LINE.slice(0, SPLIT_AT)]);
  });

  test('keeps its place among hundreds of whole ones', () => {
    const whole = Array.from({ length: 100 }, (_value, index) =>
      timed(index, { body: text(`order ${index} of the day`) }),
    );
    const [first = {}, second = {}] = piecesOf(LINE, send);
    const logs = storedLogs([first, ...whole, second]);
    expect(logs).toHaveLength(101);
    expect(logs.filter(({ text: said }) => said === MASKED)).toHaveLength(1);
  });
});

describe('lines that are whole stay apart', () => {
  test('of containerd, each with its F', () => {
    const said = ['one order', 'another order', 'a third'];
    const logs = storedLogs(
      said.map((line) => ({ body: text(`2026-11-30T07:59:50.1Z stdout F ${line}`) })),
    );
    expect(logs.map((log) => log.text)).toEqual(said);
  });

  test('of JSON without a newline that is shorter than a runtime cuts', () => {
    const logs = storedLogs(
      ['one order', 'another order'].map((log) => ({
        body: text(JSON.stringify({ log, stream: 'stdout', time: '2026-11-30T07:59:50.1Z' })),
      })),
    );
    expect(logs.map((log) => log.text)).toEqual(['one order', 'another order']);
  });

  test('of two pods that one sender reads', () => {
    const piece = (pod: string, logtag: string, log: string) => ({
      body: { log, stream: 'stdout', logtag, kubernetes: { pod_name: pod } },
    });
    const logs = storedLogs([
      piece('cart-1', 'P', 'cart '),
      piece('mail-1', 'P', 'mail '),
      piece('cart-1', 'F', 'paid'),
      piece('mail-1', 'F', 'sent'),
    ]);
    expect(logs.map((log) => log.text)).toEqual(['cart paid', 'mail sent']);
  });

  test('of two resources', () => {
    const resourceLogs = ['cart', 'mail'].map((name) => ({
      resource: { attributes: attributes({ 'service.name': text(name) }) },
      scopeLogs: [{ logRecords: [{ body: { log: `${name} `, stream: 'stdout', logtag: 'P' } }] }],
    }));
    const { block } = readFresh(jsonInput({ resourceLogs }));
    expect(decodeLogBlock(block).map((log) => log.text)).toEqual(['cart ', 'mail ']);
  });
});

describe('a structured body', () => {
  test('has its message in full, however long', () => {
    const [log] = storedLogs([{ body: structuredBody({ log: filler(20_000), source: 'stdout' }) }]);
    expect(log?.text).toBe(filler(20_000).trimEnd());
  });

  test('whose message is JSON of the program is read as that', () => {
    const [log] = storedLogs([
      {
        body: structuredBody({
          log: '{"level":"error","message":"order failed","order":"A1"}',
          source: 'stderr',
          container_name: '/cart',
        }),
      },
    ]);
    expect(log).toMatchObject({
      severity: 17,
      text: 'order failed',
      attributes: { order: 'A1', source: 'stderr', container_name: '/cart' },
    });
  });
});
