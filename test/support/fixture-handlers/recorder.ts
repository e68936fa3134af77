import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';

const s3 = new S3Client();

/** Keeps each event as an object below the function's own name; an event with `poison` in it fails. */
export const handler = async (event: unknown): Promise<void> => {
  const text = JSON.stringify(event);
  if (text.includes('poison')) throw new Error('poison');
  const Key = `seen/${process.env['RECORDER'] ?? ''}/${randomUUID()}`;
  await s3.send(
    new PutObjectCommand({ Bucket: process.env['BUCKET'], Key, Body: text, IfNoneMatch: '*' }),
  );
};
