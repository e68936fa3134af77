import { createHash, randomUUID } from 'node:crypto';
import { constants, mkdirSync } from 'node:fs';
import { link, mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';

const objectInfo = z.object({
  contentType: z.string().nullable(),
  contentEncoding: z.string().nullable(),
  contentDisposition: z.string().nullable(),
  cacheControl: z.string().nullable(),
  /** The writer's own pairs, without `x-amz-meta-`. */
  metadata: z.record(z.string(), z.string()),
  /** As the writer sent it, in base64. */
  checksum: z.object({ algorithm: z.string(), value: z.string() }).nullable(),
});
export type ObjectInfo = z.infer<typeof objectInfo>;

const objectHead = objectInfo.extend({
  etag: z.string(),
  bytes: z.number(),
  modifiedMs: z.number(),
});
export type ObjectHead = z.infer<typeof objectHead>;

export const plainObject = (contentType: string): ObjectInfo => ({
  contentType,
  contentEncoding: null,
  contentDisposition: null,
  cacheControl: null,
  metadata: {},
  checksum: null,
});

/** User metadata ends at 2 KB on S3; the whole line stays well below this. */
const HEAD_BYTES_MAX = 16_384;
/** A file system accepts 255 bytes a name. */
const NAME_BYTES_MAX = 250;
export const KEY_BYTES_MAX = 1_024;

/**
 * The template's buckets as folders. An object is one file: a line of JSON with its headers, then its
 * bytes. It appears whole, by a rename, or not at all.
 */
export class BucketStore {
  private readonly root: string;
  private readonly buckets: ReadonlySet<string>;

  constructor(root: string, buckets: readonly string[]) {
    this.root = root;
    this.buckets = new Set(buckets);
    mkdirSync(join(root, '@writing'), { recursive: true });
    for (const bucket of buckets) mkdirSync(join(root, bucket), { recursive: true });
  }

  has(bucket: string): boolean {
    return this.buckets.has(bucket);
  }

  /** The stored head; null when `isNewOnly` and the key is taken. */
  async put(
    bucket: string,
    key: string,
    object: { readonly bytes: Uint8Array; readonly info: ObjectInfo; readonly isNewOnly: boolean },
  ): Promise<ObjectHead | null> {
    const head: ObjectHead = {
      ...object.info,
      etag: `"${createHash('md5').update(object.bytes).digest('hex')}"`,
      bytes: object.bytes.byteLength,
      modifiedMs: Date.now(),
    };
    const path = this.pathOf(bucket, key);
    const writing = join(this.root, '@writing', randomUUID());
    await mkdir(dirname(path), { recursive: true });
    await writeFile(
      writing,
      Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), object.bytes]),
    );
    if (!object.isNewOnly) {
      await rename(writing, path);
      return head;
    }
    try {
      await link(writing, path);
      return head;
    } catch (error) {
      if (isCode(error, 'EEXIST')) return null;
      throw error;
    } finally {
      await rm(writing);
    }
  }

  async get(
    bucket: string,
    key: string,
  ): Promise<{ readonly head: ObjectHead; readonly bytes: Buffer } | null> {
    try {
      const file = await readFile(this.pathOf(bucket, key));
      const end = file.indexOf('\n');
      return { head: parseHead(file.subarray(0, end)), bytes: file.subarray(end + 1) };
    } catch (error) {
      if (isCode(error, 'ENOENT')) return null;
      throw error;
    }
  }

  async head(bucket: string, key: string): Promise<ObjectHead | null> {
    try {
      return await readHead(this.pathOf(bucket, key));
    } catch (error) {
      if (isCode(error, 'ENOENT')) return null;
      throw error;
    }
  }

  async remove(bucket: string, key: string): Promise<void> {
    await rm(this.pathOf(bucket, key), { force: true });
  }

  /** Keys under `prefix` after `after` in the order of their bytes; one more than `countMax` shows that there are more. */
  async list(
    bucket: string,
    prefix: string,
    after: string,
    countMax: number,
  ): Promise<readonly { readonly key: string; readonly head: ObjectHead }[]> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const found = await keysUnder(join(this.root, bucket, ...folderNames(folder)), folder);
    const keys = found
      .filter((key) => key.startsWith(prefix) && compareBytes(key, after) > 0)
      .toSorted(compareBytes);
    const entries: { key: string; head: ObjectHead }[] = [];
    for (const key of keys) {
      if (entries.length > countMax) break;
      const head = await this.head(bucket, key);
      if (head !== null) entries.push({ key, head });
    }
    return entries;
  }

  private pathOf(bucket: string, key: string): string {
    const name = key.slice(key.lastIndexOf('/') + 1);
    const names = [...folderNames(key), `@${encodeURIComponent(name)}`];
    if (names.some((part) => part.length > NAME_BYTES_MAX))
      throw new Error(`the local runtime keeps no key with a part of over ${NAME_BYTES_MAX} bytes`);
    return join(this.root, bucket, ...names);
  }
}

/** Folders of the parts before the last slash; what means something to a file system is escaped. */
const folderNames = (key: string): readonly string[] =>
  key
    .split('/')
    .slice(0, -1)
    .map((part) => {
      if (part === '') return '%';
      return /^\.+$/.test(part) ? part.replaceAll('.', '%2E') : encodeURIComponent(part);
    });

const keysUnder = async (folder: string, prefix: string): Promise<readonly string[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return [];
    throw error;
  });
  const keys = await Promise.all(
    entries.map(async (entry) => {
      if (!entry.isDirectory()) return [prefix + decodeURIComponent(entry.name.slice(1))];
      const part = entry.name === '%' ? '' : decodeURIComponent(entry.name);
      return await keysUnder(join(folder, entry.name), `${prefix}${part}/`);
    }),
  );
  return keys.flat();
};

const readHead = async (path: string): Promise<ObjectHead> => {
  const file = await open(path, constants.O_RDONLY);
  try {
    const start = Buffer.alloc(HEAD_BYTES_MAX);
    const { bytesRead } = await file.read(start, 0, HEAD_BYTES_MAX, 0);
    return parseHead(start.subarray(0, start.subarray(0, bytesRead).indexOf('\n')));
  } finally {
    await file.close();
  }
};

const parseHead = (line: Buffer): ObjectHead => objectHead.parse(JSON.parse(line.toString()));

const compareBytes = (left: string, right: string): number =>
  Buffer.compare(Buffer.from(left), Buffer.from(right));

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
