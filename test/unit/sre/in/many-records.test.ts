import { gzipSync } from 'node:zlib';
import protobuf from 'protobufjs/light.js';
import { expect, test } from 'vitest';
import { readOtlp, type OtlpInput } from '../../../../lambdas/sre/in/otlp/read-otlp.ts';
import { readWhole } from '../../../support/otlp/read-whole.ts';

const TOO_LARGE = expect.objectContaining({ status: 413 });
const MANY = 2_000_000;
/** Its request and scope are messages too, of the million that a body may have. */
const AS_MANY_AS_FIT = 999_990;

const field = (tag: number, bytes: Uint8Array): Buffer =>
  Buffer.from(protobuf.Writer.create().uint32(tag).bytes(bytes).finish());

/** A body of protobuf with so many records that say nothing. */
const emptyRecords = (count: number): OtlpInput => {
  const records = Buffer.alloc(count * 2);
  for (let at = 0; at < records.length; at += 2) records[at] = 0x12;
  return {
    signal: 'logs',
    contentType: 'application/x-protobuf',
    contentEncoding: 'gzip',
    body: gzipSync(field(0x0a, field(0x12, records))),
  };
};

test('millions of records are a 413', () => {
  expect(() => readWhole(emptyRecords(MANY))).toThrow(TOO_LARGE);
});

test('millions of records are a 413 before one of them is read', () => {
  expect(() => readOtlp(emptyRecords(MANY))).toThrow(TOO_LARGE);
});

test('as many records as fit are counted once each', () => {
  expect(() => readWhole(emptyRecords(AS_MANY_AS_FIT))).not.toThrow();
});
