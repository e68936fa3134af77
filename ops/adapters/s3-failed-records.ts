import {
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { FailedRecords } from '../ports.ts';

export const s3FailedRecords = (client: S3Client, Bucket: string): FailedRecords => ({
  list: async () => {
    const names: string[] = [];
    for await (const page of paginateListObjectsV2({ client }, { Bucket }))
      names.push(...(page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key])));
    return names;
  },
  read: async (Key) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return (await Body?.transformToString()) ?? '';
  },
  remove: async (Key) => {
    await client.send(new DeleteObjectCommand({ Bucket, Key }));
  },
});
