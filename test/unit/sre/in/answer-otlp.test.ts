import { describe, expect, test } from 'vitest';
import { AppError } from '../../../../lambdas/shared/app-error.ts';
import { errorAnswer, successAnswer } from '../../../../lambdas/sre/in/otlp/answer-otlp.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe('an answer to an exporter', () => {
  test('leaves partial success unset when all was taken', () => {
    const none = { rejected: 0, message: '' };
    expect(successAnswer('logs', 'protobuf', none)).toEqual({
      status: 200,
      headers: { 'content-type': 'application/x-protobuf' },
      body: Buffer.alloc(0),
    });
    expect(textOf(successAnswer('logs', 'json', none).body)).toBe('{}');
  });

  test('says how many were rejected, in the words of the signal', () => {
    const some = { rejected: 3, message: 'no' };
    expect(hex(successAnswer('traces', 'protobuf', some).body)).toBe('0a06080312026e6f');
    expect(textOf(successAnswer('logs', 'json', some).body)).toBe(
      '{"partialSuccess":{"rejectedLogRecords":3,"errorMessage":"no"}}',
    );
    expect(textOf(successAnswer('traces', 'json', some).body)).toContain('rejectedSpans');
    expect(textOf(successAnswer('metrics', 'json', some).body)).toContain('rejectedDataPoints');
  });

  test('is a Status in the encoding of the request, with nothing to repeat for a bad one', () => {
    const error = new AppError({ code: 'invalid_otlp', publicMessage: 'bad' });
    expect(errorAnswer('protobuf', error, 3)).toEqual({
      status: 400,
      headers: { 'content-type': 'application/x-protobuf' },
      body: expect.any(Uint8Array),
    });
    expect(hex(errorAnswer('protobuf', error, 3).body)).toBe('08031203626164');
    expect(textOf(errorAnswer('json', error, 3).body)).toBe('{"code":3,"message":"bad"}');
  });

  test('that may be repeated says when', () => {
    const error = new AppError({ code: 'storage_unavailable', publicMessage: 'later' });
    expect(errorAnswer('json', error, 4)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '4' },
    });
    const limited = new AppError({
      code: 'rate_limited',
      publicMessage: 'later',
      retryAfterSeconds: 5,
    });
    expect(errorAnswer('json', limited, 4).headers).toMatchObject({ 'retry-after': '5' });
  });
});
