import { createHash } from 'node:crypto';
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import protobuf from 'protobufjs/light.js';
import { describe, expect, test } from 'vitest';
import { UNREADABLE } from '../../../../lambdas/sre/in/otlp/otlp-protobuf.ts';
import { encodingOf, type OtlpInput } from '../../../../lambdas/sre/in/otlp/read-otlp.ts';
import { logsRequest, protobufOf, text } from '../../../support/otlp/encode.ts';
import { readWhole } from '../../../support/otlp/read-whole.ts';
import { missingRecordings, recordedRequests } from '../../../support/otlp/recorded.ts';

const JSON_BODY = Buffer.from(JSON.stringify(logsRequest([{ body: text('hello') }])));

const read = (body: Uint8Array, over: Partial<OtlpInput> = {}) =>
  readWhole({
    signal: 'logs',
    body,
    contentType: 'application/json',
    contentEncoding: '',
    ...over,
  });
const PROTOBUF = { contentType: 'application/x-protobuf' };

describe.skipIf(missingRecordings !== null)('requests of real exporters', () => {
  test.each(recordedRequests().map((request) => [request.name, request] as const))(
    '%s is read',
    (_, request) => {
      expect(JSON.stringify(readWhole(request).message)).toContain('checkout');
    },
  );
});

describe('a compressed body', () => {
  test.each([
    ['', JSON_BODY],
    ['identity', JSON_BODY],
    ['gzip', gzipSync(JSON_BODY)],
    ['GZIP', gzipSync(JSON_BODY)],
    ['deflate', deflateSync(JSON_BODY)],
    ['deflate', deflateRawSync(JSON_BODY)],
    ['zstd', zstdCompressSync(JSON_BODY)],
  ])('in %j is read, and hashed as it was before', (contentEncoding, body) => {
    expect(read(body, { contentEncoding }).hash).toBe(
      createHash('sha256').update(JSON_BODY).digest('hex'),
    );
  });

  test('of several zstd frames is read whole, and so is one with a frame to skip', () => {
    const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2]);
    const frames = [JSON_BODY.subarray(0, 30), JSON_BODY.subarray(30)].map((part) =>
      zstdCompressSync(part),
    );
    const { message } = read(Buffer.concat([skipped, ...frames]), { contentEncoding: 'zstd' });
    expect(message).toEqual(JSON.parse(JSON_BODY.toString()));
  });

  test.each([
    ['gzip', gzipSync(Buffer.alloc(60_000_000))],
    ['deflate', deflateSync(Buffer.alloc(60_000_000))],
    ['zstd', zstdCompressSync(Buffer.alloc(60_000_000))],
    [
      'zstd',
      Buffer.concat(Array.from({ length: 6 }, () => zstdCompressSync(Buffer.alloc(4_000_000)))),
    ],
    ['zstd', Buffer.concat(Array.from({ length: 5_000 }, () => zstdCompressSync('')))],
  ])('of %s that would pass the limit is a 413', (contentEncoding, body) => {
    expect(() => read(body, { contentEncoding })).toThrow(
      expect.objectContaining({ status: 413, code: 'body_too_large' }),
    );
  });

  test.each(['gzip', 'deflate', 'zstd'])('that is cut or no %s at all is a 400', (coding) => {
    const codings = { gzip: gzipSync, deflate: deflateSync, zstd: zstdCompressSync };
    const whole = Object.entries(codings).find(([name]) => name === coding)?.[1](JSON_BODY);
    for (const body of [whole?.subarray(0, -6) ?? Buffer.alloc(0), Buffer.from('no coding')])
      expect(() => read(body, { contentEncoding: coding })).toThrow(
        expect.objectContaining({ status: 400 }),
      );
  });

  test.each(['br', 'gzip, zstd', 'constructor'])('in %s is a 415', (contentEncoding) => {
    expect(() => read(JSON_BODY, { contentEncoding })).toThrow(
      expect.objectContaining({ status: 415 }),
    );
  });
});

describe('a body', () => {
  // `curl -d` alone says application/x-www-form-urlencoded.
  test.each([
    'text/plain',
    '',
    'application/jsonlines',
    'constructor',
    'application/x-www-form-urlencoded',
  ])('of type %j is a 415 that names the two to send', (contentType) => {
    expect(() => read(JSON_BODY, { contentType })).toThrow(
      expect.objectContaining({
        status: 415,
        code: 'content_type_not_supported',
        publicMessage: 'content-type: send application/x-protobuf or application/json.',
      }),
    );
  });

  test('may have a charset', () => {
    expect(read(JSON_BODY, { contentType: 'Application/JSON; charset=utf-8' }).bytes).toBe(
      JSON_BODY.length,
    );
    expect(encodingOf('application/x-protobuf; v=1')).toBe('protobuf');
  });

  test('of more than 4.4 MB is a 413 before anybody reads it', () => {
    expect(() => read(Buffer.alloc(4_400_001))).toThrow(expect.objectContaining({ status: 413 }));
  });

  test.each(['', '[]', '"x"', 'null', '{"resourceLogs":{}}', '{"resourceLogs":[', '{}x'])(
    'of JSON that is no request is a 400: %s',
    (body) => {
      expect(() => read(Buffer.from(body))).toThrow(
        expect.objectContaining({ status: 400, code: 'invalid_otlp' }),
      );
    },
  );

  test.each(['{}', '{"resourceLogs":null}', '\ufeff{"resourceLogs":[]}', '{"resource_logs":[]}'])(
    'of JSON may be empty: %s',
    (body) => {
      expect(read(Buffer.from(body)).message).toBeDefined();
    },
  );

  test.each(['{},', '[],', '0,'])('of millions of %s is a 413', (part) => {
    const body = gzipSync(Buffer.from(`{"resourceLogs":[${part.repeat(6_000_000)}0]}`));
    expect(() => read(body, { contentEncoding: 'gzip' })).toThrow(
      expect.objectContaining({ status: 413 }),
    );
  });
});

/** A field of wire type 2. */
const nested = (bytes: Uint8Array, tag: number): Buffer => {
  const writer = protobuf.Writer.create().uint32(tag).bytes(bytes);
  return Buffer.from(writer.finish());
};

describe('protobuf', () => {
  const request = logsRequest([
    { body: text('first'), attributes: [{ key: 'a', value: { intValue: 0 } }] },
    { body: text('last') },
  ]);

  test('reads as its JSON does, and tells 0, false and empty text from nothing', () => {
    const values = [
      { intValue: 0 },
      { boolValue: false },
      { stringValue: '' },
      {},
      { doubleValue: 0 },
    ];
    const { message } = read(
      protobufOf('logs', logsRequest([{ body: { arrayValue: { values } } }])),
      PROTOBUF,
    );
    expect(JSON.parse(JSON.stringify(message))).toEqual(
      JSON.parse(
        JSON.stringify(logsRequest([{ body: { arrayValue: { values } } }])).replace(
          '{"intValue":0}',
          '{"intValue":"0"}',
        ),
      ),
    );
  });

  test('loses a record that cannot be read, and keeps the rest', () => {
    const bytes = Buffer.from(protobufOf('logs', request));
    // The body's length now points past its record.
    bytes[bytes.indexOf('first') - 1] = 100;
    const { message } = read(bytes, PROTOBUF);
    const text = JSON.stringify(message);
    expect(text).toContain('last');
    expect(text).not.toContain('first');
    expect(message).toMatchObject({
      resourceLogs: [{ scopeLogs: [{ logRecords: [UNREADABLE, {}] }] }],
    });
  });

  test('remembers short texts and attributes by all of their bytes, in every request', () => {
    const attribute = (key: string, value: string): object => ({ key, value: text(value) });
    const all = Array.from({ length: 20_000 }, (_, index) =>
      attribute(`k${index % 7}`, `value ${index % 9_000} é`.slice(0, 6 + (index % 9))),
    );
    const sent = logsRequest([{ attributes: all }, { attributes: all.toReversed() }]);
    const body = protobufOf('logs', sent);
    for (let round = 0; round < 3; round += 1)
      expect(JSON.parse(JSON.stringify(read(body, PROTOBUF).message))).toEqual(
        JSON.parse(JSON.stringify(sent)),
      );
  });

  test('reads the same after somebody asked for the JSON of a message', () => {
    const body = protobufOf(
      'logs',
      logsRequest([{ traceId: Buffer.alloc(16, 1), body: text('x') }]),
    );
    const first = read(body, PROTOBUF).message;
    expect(JSON.stringify(first)).toContain('x');
    expect(read(body, PROTOBUF).message).toEqual(first);
  });

  test('counts an attribute that it remembers as one that it reads', () => {
    const attribute = nested(nested(Buffer.from([0x0a, 0]), 0x12), 0x32);
    const record = Buffer.alloc(attribute.length * 500_001, attribute);
    const body = nested(nested(nested(record, 0x12), 0x12), 0x0a);
    expect(body.length).toBeLessThan(4_400_000);
    expect(() => read(body, PROTOBUF)).toThrow(expect.objectContaining({ status: 413 }));
  });

  test('loses an id that is longer than its record, with the record', () => {
    const bytes = Buffer.from(
      protobufOf('logs', logsRequest([{ traceId: Buffer.alloc(16, 1) }, { body: text('last') }])),
    );
    bytes[bytes.indexOf(Buffer.alloc(16, 1)) - 1] = 17;
    expect(read(bytes, PROTOBUF).message).toMatchObject({
      resourceLogs: [{ scopeLogs: [{ logRecords: [UNREADABLE, {}] }] }],
    });
  });

  test('reads a body that comes twice, the first of them broken, and keeps nothing for the next request', () => {
    const [broken, whole] = [Buffer.from([0x0a, 9, 0x61]), Buffer.from([0x0a, 1, 0x62])];
    const record = Buffer.concat([nested(broken, 0x2a), nested(whole, 0x2a)]);
    const body = nested(nested(nested(record, 0x12), 0x12), 0x0a);
    expect(read(body, PROTOBUF).message).toMatchObject({
      resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'b' } }] }] }],
    });
    expect(Object.keys(UNREADABLE)).toEqual([]);
  });

  test('loses a scope or a resource that cannot be read, and keeps the others', () => {
    const good = protobufOf('logs', logsRequest([{ body: text('kept') }]));
    const scope = nested(nested(Buffer.from([0x12, 9, 1]), 0x12), 0x0a);
    const resource = nested(nested(Buffer.from([0x0a, 9, 1]), 0x0a), 0x0a);
    for (const broken of [scope, resource]) {
      const { message } = read(Buffer.concat([broken, good]), PROTOBUF);
      expect(JSON.stringify(message)).toContain('kept');
    }
  });

  test('loses an attribute that cannot be read, and keeps its record', () => {
    const bytes = Buffer.from(protobufOf('logs', request));
    // The key claims a byte more than its attribute has.
    const at = bytes.indexOf(Buffer.from([0x0a, 1, 0x61, 0x12]));
    bytes[at + 1] = 9;
    const text = JSON.stringify(read(bytes, PROTOBUF).message);
    expect(text).toContain('first');
    expect(text).toContain('last');
  });

  test('loses what is nested deeper than anybody needs', () => {
    // AnyValue { kvlistValue { values { key 'k', value: the next } } }
    let value: Buffer = Buffer.from([0x0a, 4, ...Buffer.from('deep')]);
    for (let depth = 0; depth < 80; depth += 1)
      value = nested(
        nested(Buffer.concat([Buffer.from([0x0a, 1, 0x6b]), nested(value, 0x12)]), 0x0a),
        0x32,
      );
    const attribute = Buffer.concat([Buffer.from([0x0a, 1, 0x78]), nested(value, 0x12)]);
    const record = Buffer.concat([
      nested(nested(Buffer.from('kept too'), 0x0a), 0x2a),
      nested(attribute, 0x32),
    ]);
    const deep = nested(nested(nested(record, 0x12), 0x12), 0x0a);
    const bytes = protobufOf('logs', logsRequest([{ body: text('kept') }]));
    expect(read(Buffer.concat([bytes, deep]), PROTOBUF).message).toMatchObject({
      resourceLogs: [{}, { scopeLogs: [{ logRecords: [{ body: { stringValue: 'kept too' } }] }] }],
    });
  });

  test.each(['cut', 'text', 'a group without end'])('that is %s is a 400', (kind) => {
    const whole = Buffer.from(protobufOf('logs', request));
    const bodies: Readonly<Record<string, Buffer>> = {
      cut: whole.subarray(0, -3),
      text: JSON_BODY,
      'a group without end': Buffer.from([0x0b, 0x0b]),
    };
    expect(() => read(bodies[kind] ?? whole, PROTOBUF)).toThrow(
      expect.objectContaining({ status: 400, code: 'invalid_otlp' }),
    );
  });

  test('may be empty', () => {
    expect(read(Buffer.alloc(0), PROTOBUF).bytes).toBe(0);
  });
});
