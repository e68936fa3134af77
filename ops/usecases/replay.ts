import { keyChangeOf } from '../../lambdas/inference/adapters/stream-change.ts';
import { rollUpUsage, type RollUpDeps } from '../../lambdas/inference/usecases/roll-up-usage.ts';
import { parseFailedBatch, type FailedBatch } from '../formats/invocation-record.ts';
import type { FailedRecords } from '../ports.ts';

export interface ReplayDeps extends RollUpDeps {
  readonly failedRecords: FailedRecords;
}

export interface ReplayOutcome {
  readonly object: string;
  /** Records that changed something, and those that had been done before. */
  readonly repaired: number;
  readonly already: number;
  /** Why the object stays in the bucket; null: it is done and removed. */
  readonly failure: string | null;
}

/**
 * Gives the records of one object back to what failed on them, in order, by the code of this checkout.
 * The object is removed when all are done; a record that was done before changes nothing.
 */
export const replayObject = async (deps: ReplayDeps, name: string): Promise<ReplayOutcome> => {
  let repaired = 0;
  let already = 0;
  try {
    const batch = parseFailedBatch(await deps.failedRecords.read(name));
    const records = isNews(batch) ? [] : batch.records;
    if (records.length > 0) checkFunction(batch);
    already = batch.records.length - records.length;
    for (const record of records) {
      const change = keyChangeOf(record);
      if (change !== null && (await rollUpUsage(deps, change))) repaired += 1;
      else already += 1;
    }
    await deps.failedRecords.remove(name);
    return { object: name, repaired, already, failure: null };
  } catch (error) {
    return { object: name, repaired, already, failure: messageOf(error) };
  }
};

/** What sockets were not told in time is not told later: clients that come back have read it. */
const isNews = ({ functionArn }: FailedBatch): boolean => /fan-?out/i.test(nameOf(functionArn));

/** The name in the ARN is the function's logical id here, with a suffix on AWS. */
const checkFunction = ({ functionArn }: FailedBatch): void => {
  const name = nameOf(functionArn);
  if (!/roll-?up-?usage/i.test(name)) throw new Error(`no way to replay records of ${name}`);
};

const nameOf = (functionArn: string): string => functionArn.split(':')[6] ?? '';

const messageOf = (error: unknown): string =>
  error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
