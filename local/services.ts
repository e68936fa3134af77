import { join } from 'node:path';
import { BucketStore } from './bucket-store.ts';
import { startS3Endpoint } from './s3-endpoint.ts';
import type { Resource } from './template.ts';

export interface Services {
  readonly buckets: BucketStore;
  /** What tells the SDKs inside the functions where the services are. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): void;
}

/** The AWS services that stand beside the functions, each on its own wire. */
export const startServices = async (
  resources: readonly Resource[],
  stateDir: string,
): Promise<Services> => {
  const bucketIds = resources.filter(({ type }) => type === 'AWS::S3::Bucket').map(({ id }) => id);
  const buckets = new BucketStore(join(stateDir, 'buckets'), bucketIds);
  const s3 = await startS3Endpoint(buckets);
  return {
    buckets,
    environment: { AWS_ENDPOINT_URL_S3: s3.url },
    stop: () => s3.stop(),
  };
};
