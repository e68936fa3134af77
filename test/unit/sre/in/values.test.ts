import { describe, expect, test } from 'vitest';
import { attributes, logsRequest, text } from '../../../support/otlp/encode.ts';
import { jsonInput, readFresh, storedLog, storedLogs } from '../../../support/otlp/read-logs.ts';

describe('values', () => {
  const valuesOf = (values: readonly unknown[]) => storedLog({ attributes: values }).attributes;

  test('that OTLP does not have cost themselves alone', () => {
    const values = {
      nan: { doubleValue: null },
      named: { doubleValue: 'NaN' },
      large: { intValue: 2 ** 53 },
      larger: { intValue: '9223372036854775808' },
      huge: { intValue: 1e21 },
      word: { intValue: 'many' },
      none: {},
      odd: 7,
      lone: null,
      ids: { arrayValue: { values: [{ intValue: 1 }, {}, { doubleValue: null }] } },
      map: { kvlistValue: { values: [{ key: 'a', value: { boolValue: false } }] } },
      __proto__: {},
    };
    expect(valuesOf([...attributes(values), null, { value: text('no key') }, 'x'])).toEqual({
      named: 'NaN',
      large: '9007199254740992',
      larger: '9223372036854775808',
      huge: 1e21,
      odd: 7,
      ids: '[1,null,null]',
      'map.a': false,
    });
  });

  test('of a thousand keys are cut at 128, and how many is said', () => {
    const many = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`key${index}`, { intValue: index }]),
    );
    const kept = valuesOf(attributes(many));
    expect(Object.keys(kept)).toHaveLength(129);
    expect(kept).toMatchObject({ key127: 127, dropped_attributes_count: 872 });
  });

  test('nested without end stop at the limit, and a key named __proto__ is one', () => {
    let value: object = text('deep');
    for (let depth = 0; depth < 500; depth += 1)
      value = { kvlistValue: { values: [{ key: 'k', value }] } };
    const kept = valuesOf([
      { key: 'x', value },
      { key: '__proto__', value: text('y') },
    ]);
    expect(Object.entries(kept)).toEqual([['__proto__', 'y']]);
  });
});

describe('a body', () => {
  test.each([
    [text('plain'), 'plain'],
    [null, ''],
    [{}, ''],
    [{ intValue: 42 }, '42'],
    [{ doubleValue: null }, ''],
    [{ boolValue: true }, 'true'],
    [{ bytesValue: 'aGk=' }, 'hi'],
    [{ bytesValue: 'AP8=' }, 'AP8='],
    [{ arrayValue: { values: [text('a'), { intValue: 1 }] } }, '["a",1]'],
    [{ kvlistValue: { values: attributes({ reason: text('limit') }) } }, '{"reason":"limit"}'],
  ])('of any type is a text: %j', (body, shown) => {
    expect(storedLog({ body }).text).toBe(shown);
  });

  test('with a message in it is that message, and its level and members are read', () => {
    const structured = {
      kvlistValue: {
        values: attributes({ msg: text('no seat'), level: text('warn'), seat: { intValue: 3 } }),
      },
    };
    const line = text(
      '{"level":50,"msg":"no seat","seat":3,"err":{"type":"E","stack":"E: x\\n    at f (a.js:1:2)"}}',
    );
    expect(storedLog({ body: structured })).toMatchObject({
      text: 'no seat',
      severity: 13,
      attributes: { seat: 3 },
    });
    expect(storedLog({ body: line })).toMatchObject({
      text: 'no seat',
      severity: 17,
      attributes: { seat: 3 },
      stack: 'E: x\n    at f (a.js:1:2)',
    });
  });

  test('of 2 MB is cut at its limit, says so, and so does the answer', () => {
    const batch = readFresh(jsonInput(logsRequest([{ body: text('x '.repeat(1_000_000)) }])));
    const [record] = storedLogs([{ body: text('x '.repeat(1_000_000)) }]);
    expect(record?.text).toMatch(/^(?:x ){16384} \[cut: 2000000 characters, limit 32768\]$/);
    expect(batch).toMatchObject({ rejected: 0, message: '1 x a text cut at 32768 characters' });
  });
});

describe('a record that cannot be read', () => {
  test('is rejected with a reason, and the rest is kept', () => {
    const request = logsRequest([null, { body: text('kept') }, 'x', [], 4]);
    expect(readFresh(jsonInput(request))).toMatchObject({
      records: 1,
      rejected: 4,
      message: '4 x a record that cannot be read',
    });
  });

  test('is none for being one of many resources of a service, as collectors send them', () => {
    const request = {
      resourceLogs: Array.from({ length: 1_002 }, () => logsRequest([{}])).flatMap((one) =>
        'resourceLogs' in one && Array.isArray(one.resourceLogs) ? one.resourceLogs : [],
      ),
    };
    expect(readFresh(jsonInput(request))).toMatchObject({
      records: 1_002,
      rejected: 0,
      message: '',
    });
  });
});

test('ids are hex of their length in either case, and zeros are none', () => {
  const traceId = '32046833977ABD993e15c736ec20928a';
  expect(storedLog({ traceId, spanId: '42201e2269bab9d7' })).toMatchObject({
    traceId: traceId.toLowerCase(),
    spanId: '42201e2269bab9d7',
  });
  for (const bad of ['', '0'.repeat(32), 'xyz', 7, null, traceId.slice(2)])
    expect(storedLog({ traceId: bad }).traceId).toBeNull();
  const context = attributes({ trace_id: text(traceId), span_id: text('42201e2269bab9d7') });
  expect(storedLog({ attributes: context })).toMatchObject({
    spanId: '42201e2269bab9d7',
    attributes: {},
  });
});

test('a name that Rust gives each event after its source is no event name', () => {
  expect(storedLog({ eventName: 'event src/main.rs:12' }).eventName).toBeNull();
  expect(storedLog({ eventName: 'payment.declined' })).toMatchObject({
    eventName: 'payment.declined',
    text: 'payment.declined',
  });
});
