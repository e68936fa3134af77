import type { TurnMessage } from '../../inference/turn/turn.ts';
import { addSizes, NO_SIZE } from '../../inference/turn/content-size.ts';
import { omittedThrough } from '../domain/record-omissions.ts';
import {
  fits,
  isOfPerson,
  sizeOfMessage,
  sizeOfShortest,
  withShorterResults,
  wordsBefore,
  type ContextBudget,
} from '../domain/select-context.ts';
import { withoutRemoved } from '../domain/without-removed.ts';
import type { RunPlace } from '../domain/thread-ids.ts';
import type { MessageStep } from '../domain/thread.ts';
import type { ThreadStore } from '../ports/store.ts';

const PAGE_MESSAGES = 50;
const PAGES_MAX = 200;
/** One message with more than this of the window would leave no room for the others: its tools' results are cut. */
const MESSAGE_SHARE = 2 / 3;
/** How far before a cut the question is looked for. */
const QUESTION_PAGES_MAX = 10;

export interface HistoryDeps {
  readonly store: Pick<ThreadStore, 'history'>;
}

export interface Reading {
  readonly run: RunPlace & { readonly settings: { readonly model: string } };
  readonly isShown: (seq: number) => boolean;
}

export interface NewestHistory {
  readonly messages: readonly (readonly MessageStep[])[];
  /** There are no more. */
  readonly isWhole: boolean;
  /** Where the turn before was cut; null: nobody knows. */
  readonly lastCutSeq: number | null;
}

/**
 * Messages before the run, the newest first: as many as a request may hold when results of tools are as short as they
 * get, and no more bytes, pictures and pages than it may hold. The newest page is always read: the question that is
 * answered may be in it.
 */
export const newestHistory = async (
  deps: HistoryDeps,
  { run, isShown, windowTokens }: Reading & { readonly windowTokens: number },
  budget: ContextBudget,
): Promise<NewestHistory> => {
  const most = { ...budget, tokens: windowTokens * MESSAGE_SHARE };
  const messages: (readonly MessageStep[])[] = [];
  let lastCutSeq: number | null = null;
  let read = NO_SIZE;
  let beforeSeq = run.seq;
  for (let page = 0; page < PAGES_MAX && beforeSeq > (lastCutSeq ?? 0); page++) {
    if (page > 0 && !fits(read, budget)) break;
    const { steps, hasMore } = await deps.store.history(run, {
      beforeSeq,
      afterSeq: null,
      order: 'desc',
      limit: PAGE_MESSAGES,
    });
    for (const [seq, whole] of grouped(steps)) {
      beforeSeq = Math.min(beforeSeq, seq);
      if (!isShown(seq)) continue;
      lastCutSeq ??= cutOf(whole, run.settings.model);
      const message = withShorterResults(whole, most);
      messages.push(message);
      const { tokens } = sizeOfShortest(message);
      read = addSizes(read, { ...sizeOfMessage(message), tokens });
    }
    if (!hasMore) return { messages, isWhole: true, lastCutSeq };
  }
  return { messages, isWhole: false, lastCutSeq };
};

/** Where history was cut when this model gave this answer; null: it is none of its answers. */
const cutOf = (steps: readonly MessageStep[], model: string): number | null => {
  const told = steps.findLast((step) => step.model === model && step.provider !== null);
  return told === undefined ? null : omittedThrough(told.omissions);
};

export interface Cut {
  readonly cutSeq: number;
  readonly wordsTokens: number;
  /** The question that is answered is before the cut: it is sent whole, whatever its size. */
  readonly hasQuestion: boolean;
}

/** What persons said in the messages right before the cut: always the same ones, as long as the cut stays. */
export const wordsBeforeCut = async (
  deps: HistoryDeps,
  { run, isShown }: Reading,
  { cutSeq, wordsTokens, hasQuestion }: Cut,
): Promise<readonly TurnMessage[]> => {
  const messages: (readonly MessageStep[])[] = [];
  let beforeSeq = cutSeq + 1;
  for (let page = 0; page < QUESTION_PAGES_MAX; page++) {
    const { steps, hasMore } = await deps.store.history(run, {
      beforeSeq,
      afterSeq: null,
      order: 'desc',
      limit: PAGE_MESSAGES,
    });
    beforeSeq = Math.min(beforeSeq, ...steps.map(({ seq }) => seq));
    const shown = withoutRemoved(steps).filter(({ seq }) => isShown(seq));
    messages.push(...grouped(shown).values());
    if (!hasMore || !hasQuestion || messages.some(isOfPerson)) break;
  }
  return wordsBefore(messages, wordsTokens, hasQuestion);
};

const grouped = (steps: readonly MessageStep[]): ReadonlyMap<number, readonly MessageStep[]> =>
  Map.groupBy(steps, ({ seq }) => seq);
