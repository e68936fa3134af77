import { newHoldId, requestIdOf } from '../../shared/ids.ts';
import { contextTokensOf } from '../../inference/models/prices.ts';
import { ownWire, wireByWord } from '../../inference/models/families.ts';
import { routeModel } from '../../inference/models/route-model.ts';
import type { TurnEvent, TurnTool } from '../../inference/turn/turn.ts';
import { recordSettlement } from '../../inference/calls/call-metrics.ts';
import { withOwnIds } from '../../inference/turn/own-ids.ts';
import { countTurn } from '../../inference/calls/count-turn.ts';
import type { CompleteDeps, HeldCall } from '../../inference/calls/call-types.ts';
import { provenSettlement } from '../../inference/calls/model-turn.ts';
import { routedTurn } from '../../inference/calls/try-turn.ts';
import { runKey } from './threads/thread-keys.ts';
import { heldMoney, ledgerHold } from '../domain/call-hold.ts';
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
    const turn = await routedTurn(deps, {
      ...call,
      ...(threadId === null ? {} : { threadId }),
      ...(run === undefined ? {} : { witness: runKey(run) }),
    });
    return {
      hold: runHold(turn.first.held),
      key: turn.first.held.key,
      omissions: turn.first.omissions,
      hasRead: turn.first.hasRead,
      stream: (signal, moved) =>
        withOwnIds(
          call.request.messages,
          withForms(
            call.request.tools,
            turn.stream(signal, async (held, settled) => await moved(runHold(held), settled)),
          ),
        ),
      settlement: async (status) => await turn.settlement(status),
    };
  },
  isSimulated: async (model) => {
    const route = routeModel(model);
    const account = route === null ? null : await deps.accounts.get(route.provider);
    return account?.simulated ?? false;
  },
  countTokens: async (request, asker) => await countTurn(deps, asker, request),
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
  deps: Pick<
    CompleteDeps,
    'ledger' | 'clock' | 'loadTokenizer' | 'loadMedia' | 'metrics' | 'stagePrices'
  >,
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
      // A run by a route was asked of the model of its hold.
      request: { ...request, model: hold.model },
      wire: wireByWord(hold.wire ?? hold.dialect ?? '') ?? ownWire(hold.provider),
      key: { keyId: run.keyId, projectId: run.projectId, userId: run.endUserId },
      startedAtMs: hold.heldAtMs,
      expiresAtMs: hold.expiresAtMs,
      amountNanoUsd: hold.amountNanoUsd,
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
  ...heldMoney(hold),
  provider: route.provider,
  model: call.model,
  wire: account.wire,
});
