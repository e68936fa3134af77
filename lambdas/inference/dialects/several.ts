import type { TokenUsage } from '../../ledger/domain/usage.ts';
import { NO_CALL_YET, withOneCall, type OneCall } from '../turn/one-call.ts';
import type { StopReason, TurnEvent } from '../turn/turn.ts';
import type { WireTurn } from '../wires/wire.ts';
import type { AnswerFacts, Dialect, Several } from './dialect.ts';

/** One of several answers, all of it. */
export interface SaidAnswer {
  readonly choice: number;
  readonly events: readonly TurnEvent[];
  readonly stopReason: StopReason | null;
}
/** Several answers in one body. */
export type WholeAnswers = (
  facts: AnswerFacts,
  answers: readonly SaidAnswer[],
  usage: TokenUsage,
) => object;

/**
 * Several answers to one call: each has a decoder that reads it alone, and a writer that writes it alone, as if it were the
 * only one. So they interleave as they come, and nothing of one can reach another.
 */
export const severalOf = <S>(
  dialect: Dialect<S>,
  whole: WholeAnswers,
  choices: number,
): Several => ({
  dialect: severalAnswers(dialect, whole, choices),
  turn: (turn) => severalTurns(turn, choices),
});

interface Read {
  readonly state: unknown;
  readonly calls: OneCall;
}

const severalTurns = (turn: WireTurn, choices: number): WireTurn => {
  /** An index is of one block alone, whatever answer has it. */
  const marked = (event: TurnEvent, choice: number): TurnEvent =>
    'index' in event
      ? { ...event, index: event.index * choices + choice, choice }
      : { ...event, choice };
  return {
    ...(turn.filesOf === undefined ? {} : { filesOf: turn.filesOf }),
    encode: (request) => turn.encode(request),
    start: (request): SeveralRead => ({
      isSerial: request.controls?.parallelToolCalls === false,
      reads: Array.from({ length: choices }, (_, choice) => ({
        state: turn.start(request, choice),
        calls: NO_CALL_YET,
      })),
    }),
    step: ({ isSerial, reads }: SeveralRead, frame) => {
      const all: TurnEvent[] = [];
      const next = reads.map(({ state, calls: before }, choice): Read => {
        const [after, events] = turn.step(state, frame);
        let calls = before;
        for (const event of events) {
          const [called, shown] = isSerial ? withOneCall(calls, event) : [calls, [event]];
          calls = called;
          all.push(...shown.map((one) => marked(one, choice)));
        }
        return { state: after, calls };
      });
      return [{ isSerial, reads: next }, all];
    },
    end: ({ reads }: SeveralRead) =>
      reads.flatMap(({ state }, choice) => turn.end(state).map((event) => marked(event, choice))),
  };
};
interface SeveralRead {
  readonly isSerial: boolean;
  readonly reads: readonly Read[];
}

interface Written<S> {
  readonly state: S;
  readonly reason: StopReason | null;
}
interface SeveralWritten<S> {
  readonly facts: AnswerFacts;
  /** null: nothing came of it yet, and nothing is shown of one that never comes. */
  readonly answers: readonly (Written<S> | null)[];
}

const severalAnswers = <S>(
  dialect: Dialect<S>,
  whole: WholeAnswers,
  choices: number,
): Dialect<SeveralWritten<S>> => {
  const begin = (facts: AnswerFacts, choice: number): Written<S> => ({
    state: dialect.start({ ...facts, choice }),
    reason: null,
  });
  return {
    ...dialect,
    start: (facts) => ({ facts, answers: Array.from({ length: choices }, () => null) }),
    step: ({ facts, answers }, event) => {
      const { choice = 0 } = event;
      const { state, reason } = answers[choice] ?? begin(facts, choice);
      const [next, text] = dialect.step(state, event);
      const written = { state: next, reason: reasonIn(event) ?? reason };
      return [{ facts, answers: answers.with(choice, written) }, text];
    },
    end: ({ facts, answers }, { usage }) => {
      const came = answers.filter((answer) => answer !== null);
      const shown = came.length === 0 ? [begin(facts, 0)] : came;
      return shown
        .map(({ state, reason: stopReason }, at) =>
          dialect.end(state, {
            stopReason,
            usage,
            ...(at < shown.length - 1 ? { isFollowed: true } : {}),
          }),
        )
        .join('');
    },
    whole: (facts, events, { usage }) => {
      const came = Array.from({ length: choices }, (_, choice) => {
        const own = events.filter((event) => event.choice === choice);
        return { choice, events: own, stopReason: own.reduce(lastReason, null) };
      }).filter(({ choice, events: own }) => choice === 0 || own.length > 0);
      return whole(facts, came, usage);
    },
  };
};

const reasonIn = (event: TurnEvent): StopReason | null =>
  event.type === 'message_delta' ? event.delta.stop_reason : null;

const lastReason = (before: StopReason | null, event: TurnEvent): StopReason | null =>
  reasonIn(event) ?? before;
