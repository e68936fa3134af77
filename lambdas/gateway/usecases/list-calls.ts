import type { Settlement } from '../../ledger/domain/usage.ts';
import type { KeyRegister, UsageStore } from '../../ledger/ports.ts';
import type { CallPlace } from '../formats/usage-format.ts';
import { AppError } from '../../shared/app-error.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const KEYS_AT_ONCE = 16;
/** Bounds one answer: so many keys are asked within seconds. */
const QUERIES_MAX = 1_000;

export interface ListCalls {
  readonly projectId: string;
  /** null: every key of the project. */
  readonly keyId: string | null;
  /** null: whoever it is. */
  readonly userId: string | null;
  /** null: whatever it belongs to. */
  readonly threadId: string | null;
  /** null: however they ended. */
  readonly status: Settlement['status'] | null;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
  readonly after: CallPlace | null;
}

interface Deps {
  readonly keys: Pick<KeyRegister, 'profiles'>;
  readonly usage: Pick<UsageStore, 'hours' | 'events'>;
}

/**
 * Calls of many keys, the newest first: by the hour in which they were settled, and in it by their start. The rows of hours
 * say which keys have any, so no index of all calls is needed, which each call would have to pay for. A page may be
 * shorter than `limit` when few calls of a span are wanted; `next` null alone is the end.
 */
export const listCalls = async (
  deps: Deps,
  input: ListCalls,
): Promise<{ readonly calls: readonly Settlement[]; readonly next: CallPlace | null }> => {
  const calls: Settlement[] = [];
  let queries = 0;
  for await (const [hourMs, keyIds] of activeHours(deps, input)) {
    if (keyIds.length > QUERIES_MAX) throw tooManyKeys();
    queries += keyIds.length;
    if (queries > QUERIES_MAX) return { calls, next: { hourMs, holdId: LAST_HOLD } };
    const found = await callsOfHour(deps, input, hourMs, keyIds);
    const fits = found.slice(0, input.limit - calls.length);
    calls.push(...fits);
    const last = fits.at(-1);
    if (calls.length === input.limit && last !== undefined)
      return { calls, next: { hourMs, holdId: last.holdId } };
  }
  return { calls, next: null };
};

/** Sorts after every hold id. */
const LAST_HOLD = 'z'.repeat(26);

type ActiveHour = readonly [hourMs: number, keyIds: readonly string[]];

/** The hours of the span that have calls, the latest first, each with its keys; read a day at a time. */
async function* activeHours(deps: Deps, input: ListCalls): AsyncGenerator<ActiveHour> {
  const { after, fromMs } = input;
  let toMs = after === null ? input.toMs : Math.min(input.toMs, after.hourMs + HOUR_MS);
  while (toMs > fromMs) {
    const dayMs = Math.max(fromMs, Math.floor((toMs - 1) / DAY_MS) * DAY_MS);
    yield* await hoursOf(deps, { ...input, fromMs: dayMs, toMs });
    toMs = dayMs;
  }
}

const hoursOf = async (
  { keys, usage }: Deps,
  { projectId, keyId, userId, fromMs, toMs }: ListCalls,
): Promise<readonly ActiveHour[]> => {
  const hours = await usage.hours({ projectId, keyId, fromMs, toMs });
  const ids = [...new Set(hours.map((hour) => hour.keyId))];
  const profiles = userId === null ? null : await keys.profiles(projectId, ids);
  const byHour = new Map<number, string[]>();
  for (const hour of hours) {
    if (profiles !== null && profiles.get(hour.keyId)?.userId !== userId) continue;
    byHour.set(hour.hourMs, [...(byHour.get(hour.hourMs) ?? []), hour.keyId]);
  }
  return [...byHour].toSorted(([left], [right]) => right - left);
};

/** As many as a page needs of the calls that were settled in one hour, the latest start first. */
const callsOfHour = async (
  deps: Deps,
  input: ListCalls,
  hourMs: number,
  keyIds: readonly string[],
): Promise<readonly Settlement[]> => {
  const found: Settlement[] = [];
  const queue = keyIds.values();
  const worker = async (): Promise<void> => {
    for (const keyId of queue) found.push(...(await callsOfKey(deps, input, hourMs, keyId)));
  };
  await Promise.all(Array.from({ length: Math.min(KEYS_AT_ONCE, keyIds.length) }, worker));
  return found.toSorted((left, right) => (left.holdId < right.holdId ? 1 : -1));
};

const callsOfKey = async (
  { usage }: Deps,
  input: ListCalls,
  hourMs: number,
  keyId: string,
): Promise<readonly Settlement[]> => {
  const { projectId, limit, after } = input;
  const wanted: Settlement[] = [];
  let before = after?.hourMs === hourMs ? after.holdId : null;
  do {
    const page = await usage.events({
      projectId,
      keyId,
      fromMs: Math.max(input.fromMs, hourMs),
      toMs: Math.min(input.toMs, hourMs + HOUR_MS),
      limit,
      before,
    });
    wanted.push(...page.events.filter((call) => isWanted(call, input)));
    before = page.next;
  } while (before !== null && wanted.length < limit);
  return wanted;
};

const isWanted = (call: Settlement, { status, threadId }: ListCalls): boolean =>
  (status === null || call.status === status) && (threadId === null || call.threadId === threadId);

const tooManyKeys = (): AppError =>
  new AppError({
    code: 'answer_too_large',
    publicMessage: `key_id: more than ${QUERIES_MAX} keys made calls within an hour: ask for one of them`,
    facts: { param: 'key_id' },
  });
