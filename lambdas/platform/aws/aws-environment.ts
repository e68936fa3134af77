import * as z from 'zod';
import { readEnv } from '../env.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** null: keys that last, as an emulator has them. */
  readonly sessionToken: string | null;
}

/** Where an AWS service answers, and as whom it is asked. */
export interface AwsPlace {
  /** Scheme and authority, and a path where the service has one. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
}

type AwsService = 'dynamodb' | 'email' | 'lambda' | 'secretsmanager' | 'sqs' | 'ssm';

/** How the SDKs' own variables name a service: https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html */
const ENDPOINT_VARIABLES = {
  dynamodb: 'AWS_ENDPOINT_URL_DYNAMODB',
  secretsmanager: 'AWS_ENDPOINT_URL_SECRETS_MANAGER',
  sqs: 'AWS_ENDPOINT_URL_SQS',
  ssm: 'AWS_ENDPOINT_URL_SSM',
  lambda: 'AWS_ENDPOINT_URL_LAMBDA',
  // SES names its host otherwise than itself: email.<region>.amazonaws.com
  email: 'AWS_ENDPOINT_URL_SESV2',
} as const satisfies Record<AwsService, string>;

/** An empty variable counts as none, as for the SDK. */
const optional = z
  .string()
  .optional()
  .transform((text) => (text === undefined || text === '' ? null : text));

/** What Lambda sets in every function: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
const awsEnv = z.object({
  AWS_REGION: z.string().min(1),
  AWS_ACCESS_KEY_ID: z.string().min(1),
  AWS_SECRET_ACCESS_KEY: z.string().min(1),
  AWS_SESSION_TOKEN: optional,
  AWS_ENDPOINT_URL: optional,
  AWS_ENDPOINT_URL_DYNAMODB: optional,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: optional,
  AWS_ENDPOINT_URL_SQS: optional,
  AWS_ENDPOINT_URL_SSM: optional,
  AWS_ENDPOINT_URL_LAMBDA: optional,
  AWS_ENDPOINT_URL_SESV2: optional,
});

/** Region and credentials of this function. */
export const awsIdentity = (): Omit<AwsPlace, 'endpoint'> => {
  const env = readEnv(awsEnv);
  return {
    region: env.AWS_REGION,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID,
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
      sessionToken: env.AWS_SESSION_TOKEN,
    },
  };
};

/** The service's own variable, else the one for all services, else the service's address in the region. */
export const awsPlace = (service: AwsService): AwsPlace => {
  const env = readEnv(awsEnv);
  const { region, credentials } = awsIdentity();
  const endpoint =
    env[ENDPOINT_VARIABLES[service]] ?? env.AWS_ENDPOINT_URL ?? regionalEndpoint(service, region);
  return { endpoint, region, credentials };
};

/** Domains by the prefix of a region's name; every other region is under amazonaws.com. */
const DOMAINS: readonly (readonly [string, string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['us-iso-', 'c2s.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['us-isof-', 'csp.hci.ic.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
  ['eusc-', 'amazonaws.eu'],
];

export const regionalEndpoint = (service: string, region: string): string => {
  const domain = DOMAINS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'amazonaws.com';
  return `https://${service}.${region}.${domain}`;
};
