import { messageOf } from '../../local/message-of.ts';
import { ledgerChangeOf } from '../../lambdas/ledger/adapters/stream-change.ts';
import { rollUpUsage, type RollUpDeps } from '../../lambdas/ledger/usecases/roll-up-usage.ts';
import {
  parseFailedBatch,
  parseFailedEvent,
  type FailedBatch,
} from '../formats/invocation-record.ts';
import type { FailedRecords, Functions } from '../ports.ts';

export interface ReplayDeps extends RollUpDeps {
  readonly failedRecords: FailedRecords;
  readonly functions: Functions;
}

export interface ReplayOutcome {
  readonly object: string;
  /** Records that changed something, and those that had been done before. */
  readonly repaired: number;
  readonly already: number;
  /** Records of news: who missed them has read them since, so they are dropped. */
  readonly outdated: number;
  /** Why the object stays in the bucket; null: it is done and removed. */
  readonly failure: string | null;
}

/**
 * Gives the records of one object back to what failed on them, in order: a roll-up by the code of this checkout, blocks and
 * events of notices to the deployed function that failed on them.
 * The object is removed when all are done; a record that was done before changes nothing.
 */
export const replayObject = async (deps: ReplayDeps, name: string): Promise<ReplayOutcome> => {
  const done = { repaired: 0, already: 0, outdated: 0 };
  try {
    const text = await deps.failedRecords.read(name);
    const failed = parseFailedEvent(text);
    if (failed !== null) {
      checkSends(failed.functionArn);
      // What was sent is not sent again.
      await deps.functions.invoke(failed.functionArn, failed.event);
      await deps.failedRecords.remove(name);
      return { object: name, ...done, repaired: 1, failure: null };
    }
    const batch = parseFailedBatch(text);
    if (isNews(batch)) done.outdated = batch.records.length;
    else if (isOfIndex(batch)) {
      // Its role may write the index, an operator need not.
      await deps.functions.invoke(batch.functionArn, { Records: batch.records });
      done.repaired = batch.records.length;
    } else await rollUp(deps, batch, done);
    await deps.failedRecords.remove(name);
    return { object: name, ...done, failure: null };
  } catch (error) {
    return { object: name, ...done, failure: messageOf(error).split('\n')[0] ?? 'failed' };
  }
};

const rollUp = async (
  deps: ReplayDeps,
  batch: FailedBatch,
  done: { repaired: number; already: number },
): Promise<void> => {
  if (batch.records.length > 0) checkFunction(batch);
  for (const record of batch.records) {
    const { settled, failed } = await rollUpUsage(deps, [ledgerChangeOf(record)]);
    if (failed !== null) throw failed.error;
    if (settled.length > 0) done.repaired += 1;
    else done.already += 1;
  }
};

/** What sockets were not sent in time is not sent later: clients that come back have read it. */
const isNews = ({ functionArn }: FailedBatch): boolean => /fan-?out/i.test(nameOf(functionArn));

/** Records that no search finds; to add one again changes nothing. */
const isOfIndex = ({ functionArn }: FailedBatch): boolean =>
  /index-?logs/i.test(nameOf(functionArn));

/** Other functions that run later are asked again by what keeps their work. */
const checkSends = (functionArn: string): void => {
  if (!/send-?notices/i.test(nameOf(functionArn)))
    throw new Error(`no way to replay events of ${nameOf(functionArn)}`);
};

/** The name in the ARN is the function's logical id here, with a suffix on AWS. */
const checkFunction = ({ functionArn }: FailedBatch): void => {
  const name = nameOf(functionArn);
  if (!/roll-?up-?usage/i.test(name))
    throw new Error(
      `no way to replay records of ${name}: the runbook's article on its alarm says what to do instead`,
    );
};

const nameOf = (functionArn: string): string => functionArn.split(':')[6] ?? '';
