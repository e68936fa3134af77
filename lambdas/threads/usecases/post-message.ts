import { NO_TOKENS } from '../../ledger/domain/usage.ts';
import { AppError } from '../../shared/app-error.ts';
import { Mailbox } from '../../shared/mailbox.ts';
import { LEASE_MS, REQUEST_TTL_MS } from '../domain/limits.ts';
import { requestIdReused } from '../domain/request-id-reused.ts';
import { endsStream, type LoggedEvent } from '../domain/run-event.ts';
import { stepOfMessage } from '../domain/step-of-message.ts';
import { turnMessages } from '../domain/select-context.ts';
import type { ThreadPlace } from '../domain/thread-ids.ts';
import type {
  MessageStep,
  NewTurn,
  Run,
  RunSettings,
  NewMessage,
  Thread,
} from '../domain/thread.ts';
import type { HeldTurn } from '../ports/model.ts';
import type { OpenTurnResult } from '../ports/store.ts';
import { buildRequest } from './build-request.ts';
import { holdTurn } from './hold-turn.ts';
import { readRun } from './read-run.ts';
import { runTurn } from './run-turn.ts';
import { stopRun } from './stop-run.ts';
import type { RunTurnDeps } from './run-types.ts';
import type { KeyCredential } from '../../shared/credential.ts';

const MOVED_TRIES_MAX = 5;

export interface PostInput {
  readonly place: ThreadPlace;
  readonly credential: KeyCredential;
  /** Idempotency key: the same one with the same body is the same turn. */
  readonly requestId: string;
  readonly bodyHash: string;
  readonly formerHash?: string | undefined;
  readonly call: { readonly requestId: string; readonly holdId: string };
  /** None: the run answers what is there (regenerate). */
  readonly messages: readonly NewMessage[];
  readonly supersedesFrom: number | null;
  readonly settings: RunSettings;
  readonly concurrency: 'queue' | 'reject' | 'interrupt';
  /** A run that waits for somebody is ended for this turn, and does not hold it up. */
  readonly endsWait?: boolean;
  readonly nonce: string;
  readonly deadlineMs: number;
  /** The thread, when it may not be there yet: it is made once the price is held. */
  readonly fresh?: Thread;
  /** The turn continues from this seq, or is refused as `thread_moved`. */
  readonly afterSeq?: number;
  /** Another function produces the run; `events` need not be read. */
  readonly isBackground?: boolean;
}

export interface Posted {
  readonly run: Run;
  readonly isReplay: boolean;
  /** From the run's first event to its end. Must be read to its end: the producer lives in it. */
  readonly events: AsyncIterable<readonly LoggedEvent[]>;
}

/**
 * One turn: authenticated before, the request id looked up (a repetition holds no money, even at the cap), the price
 * held, one transaction, then the model. A refusal for money writes nothing. On a busy thread the run waits.
 */
export const postMessage = async (deps: RunTurnDeps, asked: PostInput): Promise<Posted> => {
  const { store } = deps;
  refuseTwice(asked.settings.clientTools);
  const isSimulated = await deps.model.isSimulated(asked.settings.model);
  const endsWait = asked.endsWait === true || asked.concurrency === 'interrupt';
  const settings = {
    ...asked.settings,
    ...(isSimulated ? { isSimulated } : {}),
    ...(endsWait ? { endsWait } : {}),
  };
  const input = { ...asked, settings };
  for (let tries = 0; ; tries++) {
    const found = await store.get(input.place);
    const thread = found ?? input.fresh ?? null;
    if (thread === null) throw missing();
    const isIdle = thread.activeRun === null;
    const isNew = (await store.turnOf(input.place, input.requestId)) === null;
    const mayHold = isIdle && isNew && tries < MOVED_TRIES_MAX;
    const held = mayHold ? await holdFirst(deps, input, thread) : null;
    // Whoever makes it first, it is there now; a deleted one is missing below.
    if (found === null) await store.create(thread);
    const opened = await openOrRelease(deps, input, thread, held);
    if (opened.kind === 'moved') continue;
    const run = opened.run;
    if (run === null) throw refusal(opened.kind);
    const isMine = opened.kind === 'opened' && input.isBackground !== true;
    if (opened.kind === 'opened' && !isMine) await deps.starter.start(run);
    if (run.status === 'queued') await stopBefore(deps, run, input.nonce);
    return {
      run,
      isReplay: opened.kind === 'replayed',
      events: isMine
        ? produce(deps, input, run, held)
        : readRun(deps, {
            run,
            afterIndex: -1,
            nonce: input.nonce,
            untilMs: input.deadlineMs,
          }),
    };
  }
};

/**
 * The price of the turn. One that another function produces is held and counted there, once: here its hold only shows
 * that the key may hold it, and is taken back.
 */
const holdFirst = async (
  deps: RunTurnDeps,
  input: PostInput,
  thread: Thread,
): Promise<HeldTurn | null> => {
  const run = { ...input.place, seq: thread.lastSeq + 1, settings: input.settings };
  const seq = input.supersedesFrom ?? run.seq;
  const messages = turnMessages(stepsOf(deps, input));
  const tools = await deps.tools.offered(draft(deps, input, null), messages);
  const held = await holdTurn(deps, await buildRequest(deps, { ...run, seq }, messages, tools), {
    credential: input.credential,
    call: input.call,
    feature: input.settings.feature,
    threadId: input.place.threadId,
    // Where the transaction puts it, or nowhere: it is refused when the thread has grown.
    run: { ...input.place, seq: thread.lastSeq + input.messages.length + 1 },
    deadlineMs: input.deadlineMs,
    ...(input.isBackground === true ? { isOnlyPriced: true } : {}),
  });
  if (input.isBackground !== true) return held;
  await deps.model.withdraw(held.hold);
  return null;
};

/** Money that no run will use is taken back before the answer: a run that waits holds, and is counted, when it begins. */
const openOrRelease = async (
  deps: RunTurnDeps,
  input: PostInput,
  thread: Thread,
  held: HeldTurn | null,
): Promise<OpenTurnResult> => {
  const turn: NewTurn = {
    place: input.place,
    record: {
      requestId: input.requestId,
      bodyHash: input.bodyHash,
      formerHash: input.formerHash,
      expiresAtMs: deps.timers.nowMs() + REQUEST_TTL_MS,
    },
    messages: stepsOf(deps, input),
    supersedesFrom: input.supersedesFrom,
    run: draft(deps, input, held),
    seenLastSeq: held === null ? null : thread.lastSeq,
    afterSeq: input.afterSeq ?? null,
    concurrency: input.concurrency,
  };
  try {
    const opened = await deps.store.openTurn(turn);
    if (opened.kind !== 'opened' && held !== null) await giveBack(deps, held);
    return opened;
  } catch (error) {
    // The transaction may have landed: then its run has the hold, and its taker settles it.
    deps.report('turn not opened', error);
    throw error;
  }
};

const giveBack = async ({ model }: RunTurnDeps, held: HeldTurn): Promise<void> =>
  held.hasRead === true
    ? await model.settle(held.hold, await held.settlement('released'))
    : await model.withdraw(held.hold);

const draft = (deps: RunTurnDeps, input: PostInput, held: HeldTurn | null): Run => {
  const nowMs = deps.timers.nowMs();
  const isMine = input.isBackground !== true;
  return {
    ...input.place,
    seq: 0,
    status: 'active',
    epoch: isMine ? 1 : 0,
    writer: isMine ? input.nonce : null,
    leaseUntilMs: nowMs + LEASE_MS,
    previousRun: null,
    starts: 0,
    keyId: input.credential.keyId,
    requestId: input.requestId,
    settings: input.settings,
    hold: held?.hold ?? null,
    unsettled: null,
    usage: NO_TOKENS,
    costNanoUsd: 0,
    stopReason: null,
    cancelAskedAtMs: null,
    createdAtMs: nowMs,
    endedAtMs: null,
    eventCount: null,
    hiddenAtMs: null,
  };
};

const stepsOf = (
  deps: RunTurnDeps,
  { messages, requestId }: PostInput,
): readonly Omit<MessageStep, 'seq' | 'step'>[] =>
  messages.map((message) => stepOfMessage(message, requestId, deps.timers.nowMs()));

/** This function is the producer; should it lose the run, it continues as a reader. */
async function* produce(
  deps: RunTurnDeps,
  input: PostInput,
  run: Run,
  held: HeldTurn | null,
): AsyncGenerator<readonly LoggedEvent[]> {
  const shown = new Mailbox<readonly LoggedEvent[]>();
  const work = runTurn(deps, {
    run,
    writer: { epoch: run.epoch, nonce: input.nonce },
    stored: [],
    known: new Map(),
    held,
    deadlineMs: input.deadlineMs,
    onStored: (events) => shown.put(events),
  }).finally(() => shown.close());
  let after = -1;
  let isOver = false;
  for await (const events of shown) {
    after = events.at(-1)?.index ?? after;
    isOver ||= events.some(({ event }) => endsStream(event));
    yield events;
  }
  await work;
  if (!isOver)
    yield* readRun(deps, {
      run,
      afterIndex: after,
      nonce: input.nonce,
      untilMs: input.deadlineMs,
    });
}

/** No provider accepts two tools of one name, and nobody could know whose a call is. */
const refuseTwice = (tools: RunSettings['clientTools']): void => {
  const at = tools.findIndex(({ name }, index) =>
    tools.slice(0, index).some((one) => one.name === name),
  );
  if (at === -1) return;
  throw new AppError({
    code: 'invalid_request',
    publicMessage: `tools.${at}.name: ${tools[at]?.name ?? ''} is the name of another tool too`,
    facts: { param: `tools.${at}.name` },
  });
};

/** The run at work that this one interrupts may have no producer that sees that it shall stop. */
const stopBefore = async (deps: RunTurnDeps, run: Run, nonce: string): Promise<void> => {
  const seq = (await deps.store.get(run))?.activeRun ?? null;
  // One of a later number interrupted this one.
  if (seq === null || seq >= run.seq) return;
  const active = await deps.store.run({ ...run, seq });
  if (active !== null && active.cancelAskedAtMs !== null) await stopRun(deps, active, nonce);
};

const missing = (): AppError =>
  new AppError({ code: 'not_found', publicMessage: 'This thread does not exist.' });

const refusal = (kind: OpenTurnResult['kind']): AppError => {
  switch (kind) {
    case 'reused':
      return requestIdReused();
    case 'busy':
      return new AppError({
        code: 'thread_busy',
        publicMessage: 'The thread has a run at work, and this request does not wait.',
      });
    case 'queue_full':
      return new AppError({
        code: 'thread_queue_full',
        publicMessage: 'The thread has 100 waiting runs.',
      });
    case 'passed':
      return new AppError({
        code: 'thread_moved',
        publicMessage: 'Somebody went on from this message already.',
      });
    default:
      return missing();
  }
};
