import type { TurnRequest } from '../../inference/turn/turn.ts';
import { TITLE_MESSAGES, TITLE_TRY_MS } from '../domain/limits.ts';
import type { Run } from '../domain/thread.ts';
import type { RunPlace } from '../domain/thread-ids.ts';
import { titleModel, titleOf, titleRequest, wantsTitle } from '../domain/title.ts';
import type { ThreadStore } from '../ports/store.ts';
import type { TurnModel } from '../ports/model.ts';
import type { ThreadTitles } from '../ports/titles.ts';
import { askOnce } from './ask-once.ts';
import type { Timers } from '../../shared/deps.ts';

/** What distinguishes these calls in the usage. */
const TITLE_FEATURE = 'thread-title';

export interface MakeTitleDeps {
  readonly store: Pick<ThreadStore, 'get' | 'run' | 'history'>;
  readonly titles: ThreadTitles;
  readonly model: Pick<TurnModel, 'hold' | 'settle'>;
  readonly callMsMax: number;
  /** A model's name, or `auto`. */
  readonly titleModelSetting: string;
  readonly timers: Timers;
  readonly report: (message: string, error: unknown) => void;
}

/**
 * Writes a thread's title after an answer: one metered call on the key of its run. Whatever goes wrong harms nothing:
 * the next complete answer tries again, three times in all, and a title that a person gave stays. A function that dies
 * in between leaves its try to time out, and Lambda invokes it again.
 */
export const makeTitle = async (deps: MakeTitleDeps, place: RunPlace): Promise<void> => {
  const [thread, run] = await Promise.all([deps.store.get(place), deps.store.run(place)]);
  if (thread === null || run === null || !wantsTitle(thread, run)) return;
  if (!(await deps.titles.claim(place, deps.timers.nowMs()))) return;
  try {
    const { steps } = await deps.store.history(place, {
      beforeSeq: run.seq + 1,
      afterSeq: null,
      order: 'desc',
      limit: TITLE_MESSAGES,
    });
    const ordered = steps.toSorted((left, right) => left.seq - right.seq);
    const model = titleModel(deps.titleModelSetting, run.settings.model);
    const request = titleRequest(model, ordered);
    const title = request === null ? null : titleOf(await answered(deps, run, request));
    if (title === null) await deps.titles.release(place);
    else await deps.titles.write(place, title, deps.timers.nowMs());
  } catch (error) {
    deps.report('title not made', error);
    await deps.titles.release(place);
  }
};

const answered = async (deps: MakeTitleDeps, run: Run, request: TurnRequest): Promise<string> => {
  const turn = {
    credential: { keyId: run.keyId, secretHash: null },
    call: null,
    request,
    feature: TITLE_FEATURE,
    threadId: run.threadId,
    deadlineMs: deps.timers.nowMs() + TITLE_TRY_MS,
  };
  return await askOnce(deps.model, turn, Math.min(TITLE_TRY_MS, deps.callMsMax));
};
