import { stored } from '../../platform/storage.ts';
import { once } from '../../shared/once.ts';
import type { BlockObjects } from './table-block-store.ts';

const PREFIX = 'blocks/';

/** Blocks that are too large for an item, as objects. The client is loaded with the first one. */
export const s3BlockObjects = ({ bucket }: { readonly bucket: string }): BlockObjects => {
  const sdk = once(async () => {
    const s3 = await import('#beside/s3');
    return { ...s3, client: new s3.S3Client() };
  });
  return {
    put: async (name, bytes) => {
      const { client, PutObjectCommand } = await sdk();
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: `${PREFIX}${name}`,
        Body: bytes,
      });
      await stored(async () => await client.send(command));
    },
    get: async (name) => {
      const { client, GetObjectCommand } = await sdk();
      const command = new GetObjectCommand({ Bucket: bucket, Key: `${PREFIX}${name}` });
      return await stored(async () => {
        try {
          const answer = await client.send(command);
          return (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
        } catch (error) {
          if (error instanceof Error && error.name === 'NoSuchKey') return null;
          throw error;
        }
      });
    },
  };
};
