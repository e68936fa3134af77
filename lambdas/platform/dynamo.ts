import { awsClient } from './aws/aws-client.ts';
import { awsPlace } from './aws/aws-environment.ts';
import { awsJsonCalls, type JsonCall } from './aws/aws-json-client.ts';
import { systemClock } from './clock.ts';

/** How DynamoDB is spoken to: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html */
export const DYNAMODB_PROTOCOL = { version: '1.0', target: 'DynamoDB_20120810' } as const;

/** Sockets for 1,000 concurrent calls (the SDK's default of 50 queues), bounded retries. */
export const DYNAMODB_LIMITS = {
  signingName: 'dynamodb',
  limits: {
    socketsMax: 1_024,
    /** Wide enough for 1,000 sockets that a cold function opens at once. */
    connectTimeoutMs: 5_000,
    requestTimeoutMs: 10_000,
  },
  attemptsMax: 4,
  /** The SDK's for this service. */
  retryBaseMs: 25,
  nowMs: systemClock.nowMs,
};

/**
 * AWS is asked by TLS alone. An engine on a laptop shares its processors with all that runs there: late, it is not away, and
 * to give up on it would make a 503 of a busy machine.
 */
export const limitsAt = (endpoint: string): (typeof DYNAMODB_LIMITS)['limits'] => ({
  ...DYNAMODB_LIMITS.limits,
  ...(endpoint.startsWith('http:') ? { requestTimeoutMs: 25_000 } : {}),
});

/** The calls of DynamoDB with this function's credentials. One a function: it holds the connections. */
export const dynamoCalls = (): JsonCall => {
  const place = awsPlace('dynamodb');
  const limits = limitsAt(place.endpoint);
  return awsJsonCalls(awsClient({ place, ...DYNAMODB_LIMITS, limits }), DYNAMODB_PROTOCOL);
};
