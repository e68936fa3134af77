import { contractProblem } from './strict/contract.ts';
import {
  isObject,
  objectOf,
  startStandIn,
  type Certificate,
  type StandIn,
  type StandInAnswer,
  type StandInRequest,
} from './stand-in.ts';

export const ROUTING_KEY = '0123456789abcdef0123456789ABCDEF';

/** https://developer.pagerduty.com/docs/events-api-v2-overview and /send-alert-event */
const EVENT_BYTES_MAX = 512 * 1_024;
const SUMMARY_CHARS_MAX = 1_024;
const DEDUP_KEY_CHARS_MAX = 255;

export interface PagerdutyAlert {
  readonly key: string;
  state: 'triggered' | 'acknowledged' | 'resolved';
  severity: string;
  summary: string;
  /** People were called so many times. */
  pages: number;
  log: Record<string, unknown>[];
}

export interface PagerdutyStandIn extends StandIn {
  /** The newest last; a key that is triggered after its end is another alert. */
  readonly alerts: readonly PagerdutyAlert[];
  open(key: string): PagerdutyAlert | undefined;
}

/** PagerDuty's Events API v2. */
export const startPagerdutyStandIn = async (
  certificate: Certificate | null = null,
): Promise<PagerdutyStandIn> => {
  const alerts: PagerdutyAlert[] = [];
  const open = (key: string): PagerdutyAlert | undefined =>
    alerts.findLast((alert) => alert.key === key && alert.state !== 'resolved');
  const standIn = await startStandIn((request) => answerOf(request, alerts, open), certificate);
  return { ...standIn, alerts, open };
};

const answerOf = (
  { method, path, headers, body }: StandInRequest,
  alerts: PagerdutyAlert[],
  open: (key: string) => PagerdutyAlert | undefined,
): StandInAnswer => {
  if (method !== 'POST' || path !== '/v2/enqueue') return { status: 404, body: '' };
  if (Buffer.byteLength(body) > EVENT_BYTES_MAX)
    return { status: 413, body: { status: 'invalid event', message: 'Payload too large' } };
  const event = objectOf(body);
  if (event === null || !/json/.test(headers['content-type'] ?? ''))
    return invalid(
      'Unrecognized object',
      'Event object format is unrecognized',
      'JSON parse error',
    );
  const problem = problemOf(event);
  if (problem !== null) return invalid('invalid event', 'Event object is invalid', problem);
  if (event['routing_key'] !== ROUTING_KEY)
    return invalid('invalid event', 'Event object is invalid', 'Invalid routing key');
  const key = typeof event['dedup_key'] === 'string' ? event['dedup_key'] : crypto.randomUUID();
  apply(event, key, alerts, open(key));
  return { status: 202, body: { status: 'success', message: 'Event processed', dedup_key: key } };
};

const invalid = (status: string, message: string, error: string): StandInAnswer => ({
  status: 400,
  body: { status, message, errors: [error] },
});

const problemOf = (event: Record<string, unknown>): string | null => {
  const contract = contractProblem('pagerduty-event', event);
  if (contract !== null) return contract;
  const { routing_key: routingKey, dedup_key: key, event_action: action, payload } = event;
  if (String(routingKey).length !== 32)
    return "Length of 'routing_key' is incorrect (should be 32 characters)";
  if (typeof key === 'string' && key.length > DEDUP_KEY_CHARS_MAX)
    return `'dedup_key' must be less than ${DEDUP_KEY_CHARS_MAX} characters`;
  if (action !== 'trigger') return key === undefined ? "'dedup_key' is missing or blank" : null;
  if (!isObject(payload)) return "'payload' is missing or blank";
  for (const name of ['summary', 'source', 'severity'])
    if (payload[name] === undefined || payload[name] === '')
      return `'payload.${name}' is missing or blank`;
  if (String(payload['summary']).length > SUMMARY_CHARS_MAX)
    return `'payload.summary' must be less than ${SUMMARY_CHARS_MAX} characters`;
  return null;
};

const apply = (
  event: Record<string, unknown>,
  key: string,
  alerts: PagerdutyAlert[],
  before: PagerdutyAlert | undefined,
): void => {
  const action = event['event_action'];
  if (action === 'trigger') {
    const payload = isObject(event['payload']) ? event['payload'] : {};
    const severity = String(payload['severity']);
    if (before === undefined) {
      const summary = String(payload['summary']);
      alerts.push({ key, state: 'triggered', severity, summary, pages: 1, log: [event] });
    } else before.log.push(event);
    return;
  }
  // Of what is not open: dropped.
  if (before === undefined) return;
  before.state = action === 'resolve' ? 'resolved' : 'acknowledged';
  before.log.push(event);
};
