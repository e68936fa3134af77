import type { Settlement } from '../../ledger/domain/usage.ts';
import type { UsageHour, UsageStore } from '../../ledger/ports.ts';
import { AppError } from '../../shared/app-error.ts';
import { eachAtOnce } from '../../shared/at-once.ts';
import { callPart, viewsOf, type Part } from './sum-usage.ts';

const HOUR_MS = 3_600_000;
const KEYS_AT_ONCE = 16;
/** Bound one answer, which is made within seconds and has 6 MB at most: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const KEYS_MAX = 1_000;
const CALLS_MAX = 30_000;
const THREADS_MAX = 4_000;
/** Of an export: a thread has a row in each hour and of each key. */
const ROWS_MAX = 15_000;
const CALLS_A_PAGE = 1_000;

export interface ThreadsInput {
  readonly projectId: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * What each thread used, from the calls themselves: threads have no end, so no row has a place for each, and none is
 * written for them. '' is what belongs to no thread. Throws AppError `answer_too_large` rather than leave any out.
 */
export const sumThreads = async (
  usage: Pick<UsageStore, 'events'>,
  hours: readonly UsageHour[],
  input: ThreadsInput,
): Promise<readonly object[]> => {
  const parts: Part[] = [];
  const threads = atMost(THREADS_MAX, 'threads');
  await eachCall(usage, hours, input, (call) => {
    const thread = call.threadId ?? '';
    threads.add(thread);
    parts.push(callPart(thread, call));
  });
  return viewsOf(parts, (thread_id) => ({ thread_id }));
};

/** Each hour of each key, divided by the thread of its calls. As bounded as `sumThreads`, and in its rows too. */
export const divideByThread = async (
  usage: Pick<UsageStore, 'events'>,
  hours: readonly UsageHour[],
  input: ThreadsInput,
): Promise<readonly { readonly hour: UsageHour; readonly groups: readonly object[] }[]> => {
  const parts = new Map<string, Part[]>();
  const threads = atMost(THREADS_MAX, 'threads');
  const rows = atMost(ROWS_MAX, 'rows');
  await eachCall(usage, hours, input, (call) => {
    const thread = call.threadId ?? '';
    threads.add(thread);
    const name = placeOf(call.keyId, call.settledAtMs - (call.settledAtMs % HOUR_MS));
    const own = parts.get(name) ?? [];
    rows.add(`${name} ${thread}`);
    own.push(callPart(thread, call));
    parts.set(name, own);
  });
  return hours.map((hour) => ({
    hour,
    groups: viewsOf(parts.get(placeOf(hour.keyId, hour.hourMs)) ?? [], (thread_id) => ({
      thread_id,
    })),
  }));
};

const placeOf = (keyId: string, hourMs: number): string => `${keyId} ${hourMs}`;

const eachCall = async (
  usage: Pick<UsageStore, 'events'>,
  hours: readonly UsageHour[],
  input: ThreadsInput,
  take: (call: Settlement) => void,
): Promise<void> => {
  const keyIds = [...new Set(hours.map(({ keyId }) => keyId))];
  if (keyIds.length > KEYS_MAX) throw tooMany(`${KEYS_MAX} keys`);
  // Rows of hours know how many there are, before any is read.
  const count = hours.reduce((sum, { total }) => sum + total.requestCount, 0);
  if (count > CALLS_MAX) throw tooMany(`${CALLS_MAX} calls`);
  await eachAtOnce(keyIds, KEYS_AT_ONCE, async (keyId) => {
    let before: string | null = null;
    do {
      const query = { ...input, keyId, limit: CALLS_A_PAGE, before };
      const { events, next }: Awaited<ReturnType<UsageStore['events']>> = await usage.events(query);
      for (const call of events) take(call);
      before = next;
    } while (before !== null);
  });
};

/** Names, of which no answer has more. */
const atMost = (max: number, what: string) => {
  const names = new Set<string>();
  return {
    add: (name: string): void => {
      names.add(name);
      if (names.size > max) throw tooMany(`${max} ${what}`);
    },
  };
};

const tooMany = (what: string): AppError =>
  new AppError({
    code: 'answer_too_large',
    publicMessage: `from_ms: the span holds more than ${what}: ask for a shorter one, or for one key_id or user_id`,
    facts: { param: 'from_ms' },
  });
