import { newHoldId, requestIdOf } from '../../shared/ids.ts';
import { contextTokensOf } from '../../inference/models/prices.ts';
import { ownWire, wireByWord } from '../../inference/models/families.ts';
import { routeModel } from '../../inference/models/route-model.ts';
import type { TurnEvent, TurnTool } from '../../inference/turn/turn.ts';
import type { Hold } from '../../ledger/ports.ts';
import { recordSettlement } from '../../inference/calls/call-metrics.ts';
import { withOwnIds } from '../../inference/turn/own-ids.ts';
import { countTurn } from '../../inference/calls/count-turn.ts';
import type { CompleteDeps, HeldCall } from '../../inference/calls/call-types.ts';
import {
  holdTurn,
  newMeter,
  provenSettlement,
  streamTurn,
  turnSettlement,
} from '../../inference/calls/model-turn.ts';
import { runKey } from './threads/thread-keys.ts';
import type { RunHold } from '../domain/thread.ts';
import type { TurnDebts, TurnModel } from '../ports/model.ts';

/** The engine room under the port of threads. */
export const meteredTurnModel = (deps: CompleteDeps): TurnModel => ({
  ...meteredDebts(deps),
  hold: async (input) => {
    const { keyId } = input.credential;
    const { threadId, run, ...call } = {
      ...input,
      ...(input.call ?? newCall(keyId, deps.clock.nowMs())),
    };
    const turn = await holdTurn(deps, {
      ...call,
      ...(threadId === null ? {} : { threadId }),
      ...(run === undefined ? {} : { witness: runKey(run) }),
    });
    const meter = newMeter();
    return {
      hold: runHold(turn.held),
      key: turn.held.key,
      omissions: turn.omissions,
      stream: (signal) =>
        withOwnIds(
          call.request.messages,
          withForms(call.request.tools, streamTurn(deps, turn, meter, signal)),
        ),
      settlement: async (status) => await turnSettlement(deps, turn, meter, status),
    };
  },
  isSimulated: async (model) => {
    const route = routeModel(model);
    const account = route === null ? null : await deps.accounts.get(route.provider);
    return account?.simulated ?? false;
  },
  countTokens: async (request) => await countTurn(deps, request),
});

/** Each call with the form of its tool, for its client to know it by. */
async function* withForms(
  tools: readonly TurnTool[],
  events: AsyncIterable<TurnEvent>,
): AsyncGenerator<TurnEvent> {
  const forms = new Map(tools.flatMap(({ name, form }) => (form ? [[name, form] as const] : [])));
  for await (const event of events) {
    const block = event.type === 'content_block_start' ? event.content_block : null;
    const form = block?.type === 'tool_use' ? forms.get(block.name) : undefined;
    yield event.type === 'content_block_start' && block?.type === 'tool_use' && form !== undefined
      ? { ...event, content_block: { ...block, form } }
      : event;
  }
}

/** The part of it that ends what others began. */
export const meteredDebts = (
  deps: Pick<CompleteDeps, 'ledger' | 'clock' | 'loadTokenizer' | 'metrics'>,
): TurnDebts => ({
  settle: async (hold, settlement) => {
    await deps.ledger.settle(ledgerHold(hold), settlement);
    const { startedAtMs } = settlement;
    recordSettlement(deps, { hold, startedAtMs, heldAtMs: hold.heldAtMs }, settlement);
  },
  withdraw: async (hold) => await deps.ledger.withdraw(ledgerHold(hold)),
  proven: async (run, hold, { request, text }) =>
    await provenSettlement(deps, {
      requestId: requestIdOf(run.keyId, hold.holdId),
      holdId: hold.holdId,
      threadId: run.threadId,
      feature: run.settings.feature,
      request,
      wire: wireByWord(hold.wire ?? hold.dialect ?? '') ?? ownWire(hold.provider),
      key: { keyId: run.keyId, projectId: run.projectId, userId: run.endUserId },
      startedAtMs: hold.heldAtMs,
      text,
    }),
  contextTokens: (model) => {
    const route = routeModel(model);
    return route === null ? null : contextTokensOf(route.provider, route.model);
  },
});

const newCall = (keyId: string, nowMs: number) => {
  const holdId = newHoldId(nowMs);
  return { holdId, requestId: requestIdOf(keyId, holdId) };
};

const runHold = ({ hold, route, call, account }: HeldCall): RunHold => ({
  holdId: hold.holdId,
  keyId: hold.keyId,
  window: hold.window,
  amountNanoUsd: hold.amountNanoUsd,
  heldAtMs: hold.heldAtMs,
  expiresAtMs: hold.expiresAtMs,
  provider: route.provider,
  model: call.model,
  wire: account.wire,
});

/** Minutes of `rate` that this settle could remove are left to the next one. */
const ledgerHold = (hold: RunHold): Hold => ({
  holdId: hold.holdId,
  keyId: hold.keyId,
  window: hold.window,
  amountNanoUsd: hold.amountNanoUsd,
  heldAtMs: hold.heldAtMs,
  expiresAtMs: hold.expiresAtMs,
  staleMinutes: [],
});
