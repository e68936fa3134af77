import protobuf from 'protobufjs/light.js';
import { describe, expect, test } from 'vitest';
import { attributes, logsRequest, protobufOf, text } from '../../../support/otlp/encode.ts';
import {
  ARRIVAL_MS,
  jsonInput,
  nanos,
  readFresh,
  storedLog,
} from '../../../support/otlp/read-logs.ts';

const record = (list: readonly unknown[]) => ({
  timeUnixNano: nanos(ARRIVAL_MS),
  body: text('hello'),
  attributes: list,
});

const attribute = (key: string, value: object): object => ({ key, value });

/** The name of an event is taken out of the attributes, and all of them are looked at for it. */
const EVENT = attribute('event.name', text('checkout'));

describe('attributes of a record that has nothing but a message', () => {
  test.each<readonly [string, readonly unknown[]]>([
    ['none', []],
    [
      'of each type',
      Object.values(
        attributes({
          a: text('x'),
          b: { intValue: 3 },
          c: { boolValue: true },
          d: { doubleValue: 0.5 },
        }),
      ),
    ],
    [
      'that are secrets by their name',
      [attribute('db.password', text('hunter2')), attribute('token', text('s3cr3tV4lue99'))],
    ],
    [
      'that are secrets by what they look like',
      [
        attribute('to', text('ada@example.com')),
        attribute('n', { intValue: 4_111_111_111_111_111 }),
      ],
    ],
    ['whose name is one', [attribute('ada@example.com', text('x'))]],
    ['twice by one name', [attribute('a', text('first')), attribute('a', text('second'))]],
    [
      'by names that objects have',
      ['__proto__', 'constructor', 'toString'].map((key) => attribute(key, text('x'))),
    ],
    [
      'without a name, or with a NUL in it',
      [attribute('', text('x')), attribute('a\u0000b', text('y'))],
    ],
    ['by names in the order of numbers', [attribute('2', text('x')), attribute('1', text('y'))]],
    [
      'of a long name and a long value',
      [attribute('k'.repeat(300), text('x')), attribute('long', text('y '.repeat(4_000)))],
    ],
    [
      'that grow past the limit when they are masked',
      [attribute('long', text(`a@b.co ${'x '.repeat(2_045)}`))],
    ],
    [
      'that nest',
      [
        attribute('list', { arrayValue: { values: [text('x')] } }),
        attribute('map', { kvlistValue: { values: attributes({ a: text('y') }) } }),
      ],
    ],
    [
      'that are no attributes',
      [null, 3, 'x', {}, attribute('a', {}), attribute('b', { intValue: null })],
    ],
    [
      'of 200 names',
      Array.from({ length: 200 }, (_, index) => attribute(`k${index}`, { intValue: index })),
    ],
  ])('%s: are stored as those that are looked at', (_, list) => {
    const { attributes: plain } = storedLog(record(list));
    const { attributes: looked, eventName } = storedLog(record([EVENT, ...list.slice(0, 200)]));
    expect(eventName).toBe('checkout');
    // The event takes a place of its own while they are read.
    const { dropped_attributes_count: one, ...kept } = plain;
    const { dropped_attributes_count: other, ...same } = looked;
    expect(Object.entries(same)).toEqual(Object.entries(kept).slice(0, Object.keys(same).length));
    expect(Number(other ?? 0) - Number(one ?? 0)).toBe(
      Object.keys(kept).length - Object.keys(same).length,
    );
  });
});

/** A field of wire type 2. */
const nested = (bytes: Uint8Array, tag: number): Buffer =>
  Buffer.from(protobuf.Writer.create().uint32(tag).bytes(bytes).finish());

describe('records of a log, which are read one by one', () => {
  const input = (body: Uint8Array) => ({
    signal: 'logs' as const,
    body,
    contentType: 'application/x-protobuf',
    contentEncoding: '',
  });

  test('of more attributes than fit are a 413', () => {
    const empty = Buffer.alloc(2_400_000);
    for (let at = 0; at < empty.length; at += 2) empty[at] = 0x32;
    const body = nested(nested(nested(empty, 0x12), 0x12), 0x0a);
    expect(() => readFresh(input(body))).toThrow(expect.objectContaining({ status: 413 }));
  });

  test('that cannot be read are told, and the others have the times of their sender', () => {
    const good = protobufOf('logs', logsRequest([record([]), record([])]));
    // A record whose body is longer than the record.
    const bad = nested(nested(nested(Buffer.from([0x2a, 0x7f]), 0x12), 0x12), 0x0a);
    const batch = readFresh(input(Buffer.concat([good, bad])));
    expect(batch).toMatchObject({
      records: 2,
      rejected: 1,
      message: '1 x a record that cannot be read',
      fromMs: ARRIVAL_MS,
      toMs: ARRIVAL_MS,
    });
  });

  test('are the same from both encodings', () => {
    const request = logsRequest([record([EVENT]), record([attribute('a', text('x'))])]);
    const [one, other] = [input(protobufOf('logs', request)), jsonInput(request)].map((sent) =>
      readFresh(sent),
    );
    expect(one?.block).toEqual(other?.block);
    expect(one?.summary).toEqual(other?.summary);
  });
});
