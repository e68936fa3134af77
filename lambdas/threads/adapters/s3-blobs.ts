import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { stored } from '../../platform/storage.ts';
import type { Blobs } from './blob-tables.ts';

export interface S3BlobsDeps {
  readonly client: S3Client;
  readonly bucket: string;
}

const PREFIX = 'threads/';

export const s3Blobs = ({ client, bucket }: S3BlobsDeps): Blobs => ({
  put: async (key, bytes) => {
    const command = new PutObjectCommand({ Bucket: bucket, Key: `${PREFIX}${key}`, Body: bytes });
    await stored(async () => await client.send(command));
  },
  get: async (key) => {
    const command = new GetObjectCommand({ Bucket: bucket, Key: `${PREFIX}${key}` });
    return await stored(async () => {
      const answer = await client.send(command);
      return (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
    });
  },
});

/** Removes every object of a thread, a page at a time. */
export const removeBlobs = async (
  { client, bucket }: S3BlobsDeps,
  threadId: string,
): Promise<void> => {
  for (;;) {
    const list = new ListObjectsV2Command({ Bucket: bucket, Prefix: `${PREFIX}${threadId}/` });
    const page = await stored(async () => await client.send(list));
    const Objects = (page.Contents ?? []).flatMap(({ Key }) =>
      Key === undefined ? [] : [{ Key }],
    );
    if (Objects.length === 0) return;
    const removal = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } });
    await stored(async () => await client.send(removal));
  }
};
