import { stored } from '../../../platform/storage.ts';
import { once } from '../../../shared/once.ts';
import type { Blobs } from './blob-tables.ts';

const PREFIX = 'threads/';

export interface S3Blobs extends Blobs {
  /** Removes every object of a thread, a page at a time. */
  removeAll(threadId: string): Promise<void>;
}

/** Objects in a bucket. The client is loaded with the first one: most rows are small and need none. */
export const s3Blobs = ({ bucket }: { readonly bucket: string }): S3Blobs => {
  const sdk = once(async () => {
    const s3 = await import('#beside/s3');
    return { ...s3, client: new s3.S3Client() };
  });
  return {
    put: async (key, bytes) => {
      const { client, PutObjectCommand } = await sdk();
      const command = new PutObjectCommand({ Bucket: bucket, Key: `${PREFIX}${key}`, Body: bytes });
      await stored(async () => await client.send(command));
    },
    get: async (key) => {
      const { client, GetObjectCommand } = await sdk();
      const command = new GetObjectCommand({ Bucket: bucket, Key: `${PREFIX}${key}` });
      return await stored(async () => {
        const answer = await client.send(command);
        return (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
      });
    },
    removeAll: async (threadId) => {
      const { client, ListObjectsV2Command, DeleteObjectsCommand } = await sdk();
      const Prefix = `${PREFIX}${threadId}/`;
      for (;;) {
        const list = new ListObjectsV2Command({ Bucket: bucket, Prefix });
        const page = await stored(async () => await client.send(list));
        const Objects = (page.Contents ?? []).flatMap(({ Key }) =>
          Key === undefined ? [] : [{ Key }],
        );
        if (Objects.length === 0) return;
        const Delete = { Objects, Quiet: true };
        const removal = new DeleteObjectsCommand({ Bucket: bucket, Delete });
        await stored(async () => await client.send(removal));
      }
    },
  };
};
