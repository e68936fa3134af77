import type { AnomalyKind } from '../domain/anomaly.ts';
import { sourceName } from '../domain/summary.ts';
import type { Member } from './incident.ts';
import { MEMBERS_MAX } from './limits.ts';

const SYMPTOMS: Readonly<Record<AnomalyKind, string>> = {
  failures: 'fails more than usual',
  burn: 'burns its error budget',
  drift: 'is not what it usually is',
  went_silent: 'sends nothing any more',
  telemetry_lost: 'sends no telemetry any more',
  oom: 'is out of memory',
  crash: 'crashed',
  resource: 'is out of a resource',
  spend: 'spends more than usual',
  latency: 'waits longer than usual',
  errors: 'gets more errors than usual',
  retries: 'tries again and again',
};

const NAME_CHARACTERS_MAX = 80;

/** One line: who, what is wrong, and how many more. The most telling member comes first. */
export const titleOf = (members: readonly Member[], isDigest: boolean): string => {
  const [first] = members;
  if (first === undefined) return 'Nothing is wrong any more';
  const others = new Set(members.map(({ source }) => sourceName(source))).size - 1;
  // What has no room any more is counted nowhere.
  const least = members.length >= MEMBERS_MAX ? 'at least ' : '';
  if (isDigest) return `A storm: ${least}${others + 1} more sources have anomalies`;
  const { service, environment } = first.source;
  const name = service === '' ? 'The whole project' : cut(service);
  const where = environment === '' ? '' : ` (${cut(environment)})`;
  return `${name}${where} ${SYMPTOMS[first.kind]}${othersText(others, least)}`;
};

const cut = (name: string): string =>
  name.length > NAME_CHARACTERS_MAX ? `${name.slice(0, NAME_CHARACTERS_MAX)}…` : name;

const othersText = (others: number, least: string): string => {
  if (others === 0) return '';
  return others === 1 ? ', and 1 more source' : `, and ${least}${others} more sources`;
};
