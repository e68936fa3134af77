/** One price of AWS, in US dollars, and the page that names it. */
export interface Price {
  readonly usd: number;
  readonly per: string;
  readonly source: string;
}

/** Region and day of every price below; free tiers and volume discounts are left out. */
export const PRICES_OF = { region: 'us-east-1', checkedOn: '2026-11-25' } as const;

const price = (usd: number, per: string, page: string): Price => ({
  usd,
  per,
  source: `https://aws.amazon.com/${page}`,
});

const DYNAMO = 'dynamodb/pricing/on-demand/';
const CLOUDWATCH = 'cloudwatch/pricing/';
const GATEWAY = 'api-gateway/pricing/';
const SEARCH = 'opensearch-service/pricing/';

export const PRICES = {
  lambdaRequest: price(0.2 / 1e6, 'invocation', 'lambda/pricing/'),
  lambdaArmGbSecond: price(0.0000133334, 'GB second, arm64', 'lambda/pricing/'),
  dynamoWriteUnit: price(0.625 / 1e6, 'write request unit', DYNAMO),
  dynamoReadUnit: price(0.125 / 1e6, 'read request unit', DYNAMO),
  dynamoGbMonth: price(0.25, 'GB and month', DYNAMO),
  dynamoBackupGbMonth: price(0.2, 'GB and month of point-in-time recovery', DYNAMO),
  restRequest: price(3.5 / 1e6, 'request, each 10 MB of a streamed answer', GATEWAY),
  socketMessage: price(1 / 1e6, 'WebSocket message, each 32 KB of it', GATEWAY),
  socketMinute: price(0.25 / 1e6, 'minute of a WebSocket connection', GATEWAY),
  httpRequest: price(1 / 1e6, 'request of an HTTP API, each 512 KB of it', GATEWAY),
  objectPut: price(5 / 1e6, 'object put into S3', 's3/pricing/'),
  objectGet: price(0.4 / 1e6, 'object read from S3', 's3/pricing/'),
  objectGbMonth: price(0.023, 'GB and month in S3', 's3/pricing/'),
  logsGb: price(0.5, 'GB of logs taken in', CLOUDWATCH),
  metric: price(0.3, 'custom metric and month', CLOUDWATCH),
  alarmMetric: price(0.1, 'metric of an alarm and month', CLOUDWATCH),
  compositeAlarm: price(0.5, 'composite alarm and month', CLOUDWATCH),
  dashboard: price(3, 'dashboard and month', CLOUDWATCH),
  traceRecorded: price(5 / 1e6, 'trace recorded', 'xray/pricing/'),
  secretMonth: price(0.4, 'secret and month', 'secrets-manager/pricing/'),
  secretRead: price(0.05 / 1e4, 'API call', 'secrets-manager/pricing/'),
  scheduledInvocation: price(
    1 / 1e6,
    'invocation by EventBridge Scheduler',
    'eventbridge/pricing/',
  ),
  queueRequest: price(0.4 / 1e6, 'request of a standard queue', 'sqs/pricing/'),
  webAclMonth: price(5, 'web ACL and month', 'waf/pricing/'),
  webRuleMonth: price(1, 'rule and month', 'waf/pricing/'),
  webRequest: price(0.6 / 1e6, 'inspected request', 'waf/pricing/'),
  keyMonth: price(1, 'KMS key and month', 'kms/pricing/'),
  searchT3SmallHour: price(0.036, 't3.small.search and hour', SEARCH),
  searchOr1MediumHour: price(0.105, 'or1.medium.search and hour', SEARCH),
  searchOr1LargeHour: price(0.209, 'or1.large.search and hour', SEARCH),
  searchOr1XlargeHour: price(0.418, 'or1.xlarge.search and hour', SEARCH),
  searchOr12xlargeHour: price(0.836, 'or1.2xlarge.search and hour', SEARCH),
  searchGbMonth: price(0.122, 'GB and month of gp3', SEARCH),
  searchManagedGbMonth: price(0.024, 'GB and month of managed storage', SEARCH),
  egressGb: price(0.09, 'GB to the internet', 'ec2/pricing/on-demand/'),
} as const;

/** Instances of a domain that this page can price, by the hour. */
export const SEARCH_INSTANCES = [
  't3.small.search',
  'or1.medium.search',
  'or1.large.search',
  'or1.xlarge.search',
  'or1.2xlarge.search',
] as const;
export const SEARCH_HOURS: Readonly<Record<(typeof SEARCH_INSTANCES)[number], Price>> = {
  't3.small.search': PRICES.searchT3SmallHour,
  'or1.medium.search': PRICES.searchOr1MediumHour,
  'or1.large.search': PRICES.searchOr1LargeHour,
  'or1.xlarge.search': PRICES.searchOr1XlargeHour,
  'or1.2xlarge.search': PRICES.searchOr12xlargeHour,
};
