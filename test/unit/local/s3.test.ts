import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { BucketStore } from '../../../local/s3/bucket-store.ts';
import type { Endpoint } from '../../../local/http/http-endpoint.ts';
import { startS3Endpoint } from '../../../local/s3/s3-endpoint.ts';

const Bucket = 'ServiceBlobs1A2B3C';
const folder = mkdtempSync(join(tmpdir(), 'sluice-s3-'));
let endpoint: Endpoint;
let s3: S3Client;

beforeAll(async () => {
  endpoint = await startS3Endpoint(new BucketStore(folder, [Bucket]));
  // What a function gets: only an address, no `forcePathStyle`.
  s3 = new S3Client({
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
});

afterAll(() => {
  s3.destroy();
  endpoint.stop();
  rmSync(folder, { recursive: true });
});

const put = async (Key: string, Body: string, more: object = {}) =>
  await s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));

const read = async (Key: string, more: object = {}): Promise<string | undefined> => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return await Body?.transformToString();
};

const refusal = async (call: Promise<unknown>): Promise<{ name: string; status: number }> => {
  try {
    await call;
  } catch (error) {
    if (error instanceof S3ServiceException)
      return { name: error.name, status: error.$metadata.httpStatusCode ?? 0 };
    throw error;
  }
  throw new Error('it was not refused');
};

describe('an object', () => {
  test('comes back whole, with its headers and its checksum', async () => {
    await put('a/b.json', '{"ä":1}', {
      ContentType: 'application/json',
      ContentEncoding: 'gzip',
      Metadata: { thread: 'thread_1' },
    });
    const head = await s3.send(
      new HeadObjectCommand({ Bucket, Key: 'a/b.json', ChecksumMode: 'ENABLED' }),
    );
    expect(head).toMatchObject({
      ContentLength: 8,
      ContentType: 'application/json',
      ContentEncoding: 'gzip',
      Metadata: { thread: 'thread_1' },
      ChecksumCRC32: expect.any(String),
    });
    expect(await read('a/b.json')).toBe('{"ä":1}');
  });

  test('of a stream comes without its chunk framing', async () => {
    const text = 'x'.repeat(200_000);
    await s3.send(
      new PutObjectCommand({
        Bucket,
        Key: 'streamed',
        Body: Readable.from([Buffer.from(text)]),
        ContentLength: text.length,
      }),
    );
    expect(await read('streamed')).toBe(text);
    // The SDK sends the checksum of a stream behind its body.
    const head = await s3.send(
      new HeadObjectCommand({ Bucket, Key: 'streamed', ChecksumMode: 'ENABLED' }),
    );
    expect(head.ChecksumCRC32).toEqual(expect.any(String));
  });

  test('with a wrong checksum is refused and leaves nothing', async () => {
    const failed = await refusal(put('damaged', 'text', { ChecksumSHA256: 'AAAA' }));
    expect(failed).toEqual({ name: 'BadDigest', status: 400 });
    expect(await refusal(read('damaged'))).toEqual({ name: 'NoSuchKey', status: 404 });
  });

  test('put with If-None-Match: * is won by exactly one of 20 writers', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, async (_, writer) => {
        await put('once', String(writer), { IfNoneMatch: '*' });
        return writer;
      }),
    );
    const won = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(won).toHaveLength(1);
    expect(await read('once')).toBe(String(won[0]));
    expect(await refusal(put('once', 'late', { IfNoneMatch: '*' }))).toEqual({
      name: 'PreconditionFailed',
      status: 412,
    });
    await put('once', 'replaced');
    expect(await read('once')).toBe('replaced');
    expect(readdirSync(join(folder, '@writing'))).toEqual([]);
  });

  test('is read by ranges', async () => {
    await put('ranged', '0123456789');
    expect(await read('ranged', { Range: 'bytes=2-4' })).toBe('234');
    expect(await read('ranged', { Range: 'bytes=7-' })).toBe('789');
    expect(await read('ranged', { Range: 'bytes=-3' })).toBe('789');
    expect(await refusal(read('ranged', { Range: 'bytes=10-' }))).toEqual({
      name: 'InvalidRange',
      status: 416,
    });
  });

  test('of any name stays in its bucket', async () => {
    const names = ['../../escape', '..', '.', '/', 'a', 'a/', 'a//b', 'a/b', 'é ü%2F+&<>', '@a'];
    for (const name of names) await put(`names/${name}`, name);
    for (const name of names) expect(await read(`names/${name}`)).toBe(name);
    const listed = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'names/' }));
    expect(listed.Contents?.map(({ Key }) => Key).toSorted()).toEqual(
      names.map((name) => `names/${name}`).toSorted(),
    );
    expect(readdirSync(folder).toSorted()).toEqual(['@writing', Bucket]);
  });
});

describe('a bucket', () => {
  test('lists a prefix in byte order, page by page, until what was there is all seen', async () => {
    const keys = Array.from({ length: 25 }, (_, index) => `list/${String(index).padStart(2, '0')}`);
    for (const key of keys.toReversed()) await put(key, 'x');
    await put('listed', 'not under the prefix');
    const seen: (string | undefined)[] = [];
    let token: string | undefined;
    do {
      const page: ListObjectsV2CommandOutput = await s3.send(
        new ListObjectsV2Command({
          Bucket,
          Prefix: 'list/',
          MaxKeys: 10,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      );
      seen.push(...(page.Contents ?? []).map(({ Key }) => Key));
      token = page.NextContinuationToken;
    } while (token !== undefined);
    expect(seen).toEqual(keys);
    const after = await s3.send(
      new ListObjectsV2Command({ Bucket, Prefix: 'list/', StartAfter: 'list/23' }),
    );
    expect(after.Contents).toMatchObject([{ Key: 'list/24', Size: 1 }]);
  });

  test('deletes one key or many; a missing key is deleted already', async () => {
    await put('gone/1', 'x');
    await put('gone/2', 'x');
    await put('gone/3&4', 'x');
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'gone/1' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'gone/1' }));
    const answer = await s3.send(
      new DeleteObjectsCommand({
        Bucket,
        Delete: { Objects: [{ Key: 'gone/2' }, { Key: 'gone/3&4' }, { Key: 'gone/5' }] },
      }),
    );
    expect(answer.Deleted?.map(({ Key }) => Key)).toEqual(['gone/2', 'gone/3&4', 'gone/5']);
    const left = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'gone/' }));
    expect(left.KeyCount).toBe(0);
  });

  test('outside the template does not exist', async () => {
    expect(await refusal(s3.send(new GetObjectCommand({ Bucket: 'other', Key: 'a' })))).toEqual({
      name: 'NoSuchBucket',
      status: 404,
    });
  });
});

test('a call that is not implemented says so, and is logged', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const calls = [
    async () =>
      await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/a` })),
    async () => await put('locked', 'x', { ServerSideEncryption: 'aws:kms' }),
    async () => await read('ranged', { VersionId: '1' }),
    async () => await read('ranged', { IfMatch: '"etag"' }),
  ];
  for (const call of calls)
    expect(await refusal(call())).toEqual({ name: 'NotImplemented', status: 501 });
  expect(log).toHaveBeenCalledTimes(calls.length);
  log.mockRestore();
});

test('a presigned address works until it expires', async () => {
  const signed = (expiresAfterS: number): string =>
    `${endpoint.url}/${Bucket}/presigned?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=local` +
    `&X-Amz-Date=20260101T000000Z&X-Amz-Expires=${expiresAfterS}&X-Amz-SignedHeaders=host&X-Amz-Signature=0&x-id=PutObject`;
  const late = await fetch(signed(60), { method: 'PUT', body: 'late' });
  expect(late.status).toBe(403);
  const inTime = await fetch(signed(1_000_000_000), { method: 'PUT', body: 'in time' });
  expect(inTime.status).toBe(200);
  expect(await read('presigned')).toBe('in time');
});
