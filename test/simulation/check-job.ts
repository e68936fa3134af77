import type { KeyState } from '../../lambdas/ledger/domain/key.ts';
import { openJobsKey } from '../../lambdas/threads/jobs/adapters/job-keys.ts';
import { framesOfResult, textOfFrame } from '../../lambdas/threads/jobs/domain/frames.ts';
import type { CallResult, JobPlace } from '../../lambdas/threads/jobs/domain/job.ts';
import { runOfJob } from '../../lambdas/threads/jobs/domain/job-ids.ts';
import type { JobStore } from '../../lambdas/threads/jobs/ports/job-store.ts';
import { isTerminal } from '../../lambdas/threads/domain/run-event.ts';
import type { ChunkLog } from '../../lambdas/threads/ports/chunks.ts';
import { storedEvents } from '../../lambdas/threads/usecases/take-over.ts';
import type { MemoryTables } from '../support/memory-tables.ts';
import type { JobProvider } from './job-provider.ts';
import { must } from './scheduler.ts';

interface EndedWorld {
  readonly store: JobStore;
  readonly chunks: ChunkLog;
  readonly place: JobPlace;
  readonly key: KeyState;
  readonly memory: MemoryTables;
  readonly provider: JobProvider;
  readonly notices: readonly string[];
  readonly wasPaused: boolean;
  readonly seen: Set<string>;
}

const RESULTS_MAX = 1_000;

/** What must hold when everybody who could look after the job has done so. */
export const checkJob = async (world: EndedWorld): Promise<void> => {
  const { store, place, key, memory, provider, notices, seen, wasPaused } = world;
  const job = await store.get(place);
  if (job === null || job.endedAtMs === null) throw new Error('the job never ended');
  seen.add(`ended ${job.status}${job.error === null ? '' : ` ${job.error.code}`}`);
  const open = await memory.get('threads', openJobsKey(place));
  must(open?.['open_jobs'] === 0, 'a job that is over is counted as open');
  checkMoney(world);
  const { results } = await store.results(place, 0, RESULTS_MAX);
  const spent = key.spentNanoUsd;
  // What nobody came to settle in time is charged whole, and the job does not hear of it.
  const isExact = !wasPaused && !seen.has('holds expired');
  must(!isExact || job.costNanoUsd >= spent, `the job cost ${job.costNanoUsd} of ${spent}`);

  must(results.length === job.completed + job.failed, 'counts are not those of the results');
  const items = await store.items(place);
  for (const { index, attempt } of items) {
    const billed = provider.calls.filter((call) => call.index === index && call.costNanoUsd > 0);
    must(billed.length <= attempt, `call ${index} was paid ${billed.length} times`);
    const result = results.find((one) => one.index === index);
    const stored = billed.find(({ holdId }) => result?.requestId?.endsWith(holdId) === true);
    if (stored !== undefined && result?.error === null)
      must(
        billed.every(({ atMs }) => atMs <= stored.atMs),
        `call ${index} was made again after its answer`,
      );
    if (attempt > 1) seen.add('call made again');
    must(
      attempt === 1 || isDisturbed(seen),
      `call ${index} was taken from a worker that was at it`,
    );
  }
  if (job.status === 'completed') must(results.length === job.total, 'calls are missing');
  if (job.webhook !== null) {
    must(['delivered', 'failed'].includes(job.webhook.status), 'nobody was notified');
    must(notices.length > 0 && notices.every((id) => id === job.jobId), 'notices of others');
    if (notices.length > job.webhook.tries) seen.add('notified twice');
  }
  if (job.isStream) await checkStream(world, results[0]);
};

const isDisturbed = (seen: ReadonlySet<string>): boolean =>
  ['worker died', 'worker stood still', 'worker failed'].some((day) => seen.has(day));

const checkMoney = ({ key, provider, seen }: EndedWorld): void => {
  must(key.holdCount === 0, 'money is held for ever');
  must(
    key.availableNanoUsd === (key.capNanoUsd ?? 0) - key.spentNanoUsd,
    'available is not what is left',
  );
  const billed = provider.calls.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
  must(key.spentNanoUsd >= billed, `the provider bills ${billed}, ${key.spentNanoUsd} are settled`);
  must(isDisturbed(seen) || key.spentNanoUsd === billed, 'more is settled than was billed');
};

/** What readers were shown is what is stored, and it has an end. */
const checkStream = async (
  { chunks, place }: EndedWorld,
  result: CallResult | undefined,
): Promise<void> => {
  const events = await storedEvents({ chunks }, runOfJob(place));
  if (result === undefined) return must(events.length === 0, 'a stream without an answer');
  const last = events.at(-1);
  must(last !== undefined && isTerminal(last), 'the stream has no end');
  const shown = events.map((event) => textOfFrame(event) ?? '').join('');
  const stored = framesOfResult(result).join('');
  must(shown === stored, `shown ${shown}, stored ${stored}`);
};
