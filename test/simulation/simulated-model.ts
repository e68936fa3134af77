import type { StopReason, TurnEvent, TurnRequest } from '../../lambdas/inference/turn/turn.ts';
import { NO_TOKENS, type Settlement } from '../../lambdas/ledger/domain/usage.ts';
import { AppError } from '../../lambdas/shared/app-error.ts';
import type { RunHold } from '../../lambdas/threads/domain/thread.ts';
import type { HeldTurn, TurnModel } from '../../lambdas/threads/ports/model.ts';
import type { ThreadStore } from '../../lambdas/threads/ports/store.ts';
import type { ToolBox } from '../../lambdas/threads/ports/tools.ts';
import type { Fates } from './fates.ts';
import type { Seeded } from './seeded.ts';
import type { Actor, VirtualTime } from './virtual-time.ts';

const HOLD_NANO_USD = 1_000;
const TOOL_MS_MAX = 2_000;
/** Of the calls in a world where any waits. */
const WAITS_SHARE = 0.8;

interface SimulatedHold {
  readonly actor: Actor;
  cost: number | null;
  /** A model was asked for it. */
  isCall: boolean;
  isWithdrawn: boolean;
}

/** What the ledger of a simulation knows: each hold, and how it ended. */
export class SimulatedMoney {
  readonly holds = new Map<string, SimulatedHold>();

  take(holdId: string, actor: Actor): void {
    this.holds.set(holdId, { actor, cost: null, isCall: false, isWithdrawn: false });
  }

  call(holdId: string): void {
    const hold = this.holds.get(holdId);
    if (hold === undefined || hold.cost !== null) throw new Error(`${holdId} is asked for unheld`);
    hold.isCall = true;
  }

  withdraw(holdId: string): void {
    const hold = this.holds.get(holdId);
    if (hold === undefined || hold.isCall) throw new Error(`${holdId} was no hold without a call`);
    hold.isWithdrawn ||= hold.cost === null;
    hold.cost ??= 0;
  }

  settle(holdId: string, cost: number): void {
    const hold = this.holds.get(holdId);
    if (hold === undefined) throw new Error(`settled a hold that was never taken: ${holdId}`);
    // A second settle fails harmlessly, as the real one does.
    hold.cost ??= cost;
  }
}

export interface SimulatedWorld {
  readonly time: VirtualTime;
  readonly random: Seeded;
  readonly money: SimulatedMoney;
  readonly fates: Fates;
  /** What was sent to the provider, to be checked. */
  readonly requests: TurnRequest[];
  readonly actors: Actor[];
  /** Of the answers that call tools. */
  readonly callsShare: number;
}

/** A model that speaks in pieces, thinks, calls tools, breaks off and runs out of money, as the seed decides. */
export const simulatedModel = (world: SimulatedWorld, actor: Actor): TurnModel => {
  const { fates, random, money } = world;
  return {
    isSimulated: async () => false,
    countTokens: async () => ({ tokens: 1, headers: {} }),
    contextTokens: () => 100_000,
    hold: async (input) => {
      await fates.travel(actor, 'money');
      if (random.chance(0.04))
        throw new AppError({ code: 'key_cap_exceeded', publicMessage: 'The cap is reached.' });
      const holdId = `hold${money.holds.size}`;
      money.take(holdId, actor);
      await fates.travel(actor, 'money');
      return heldTurn(world, actor, input.request, holdOf(holdId, input.credential.keyId));
    },
    settle: async (hold, settlement) => {
      await fates.travel(actor, 'money');
      money.settle(hold.holdId, settlement.costNanoUsd);
      await fates.travel(actor, 'money');
    },
    withdraw: async ({ holdId }) => {
      await fates.travel(actor, 'money');
      money.withdraw(holdId);
      await fates.travel(actor, 'money');
    },
    proven: async (_run, hold, said) => settlementOf(hold, 1 + said.text.length),
  };
};

const holdOf = (holdId: string, keyId: string): RunHold => ({
  holdId,
  keyId,
  window: 'lifetime',
  amountNanoUsd: HOLD_NANO_USD,
  heldAtMs: 0,
  expiresAtMs: 0,
  provider: 'simulated',
  model: 'simulated',
});

const heldTurn = (
  world: SimulatedWorld,
  actor: Actor,
  request: TurnRequest,
  hold: RunHold,
): HeldTurn => {
  let said = 0;
  return {
    hold,
    key: {
      keyId: hold.keyId,
      projectId: 'p',
      userId: null,
      scope: 'standard',
      status: 'active',
      allowedModels: null,
      capNanoUsd: null,
      isProjectCapped: false,
      sources: null,
      period: 'lifetime',
      window: 'lifetime',
      availableNanoUsd: 0,
      spentNanoUsd: 0,
      heldNanoUsd: 0,
      holdCount: 0,
      rpm: 1,
      maxConcurrency: 1,
      expiresAtMs: null,
      warnAt: [],
      onOversize: 'refuse',
      tier: null,
      ingestBytesADay: 1,
    },
    omissions: [],
    async *stream(signal) {
      world.money.call(hold.holdId);
      world.requests.push(request);
      for await (const event of speak(world, actor, request, signal)) {
        said += 1;
        yield event;
      }
    },
    settlement: async (status) => settlementOf(hold, status === 'released' ? 0 : said),
  };
};

async function* speak(
  { fates, random, callsShare }: SimulatedWorld,
  actor: Actor,
  request: TurnRequest,
  signal: AbortSignal,
): AsyncGenerator<TurnEvent> {
  const pause = async (): Promise<void> => {
    const ms = random.chance(0.03) ? 20_000 : random.below(150);
    await fates.pass(actor, 'model', ms, signal);
    if (signal.aborted) throw new Error('aborted');
    if (random.chance(0.01))
      throw new AppError({ code: 'provider_error', publicMessage: 'The provider broke off.' });
  };
  await pause();
  yield { type: 'message_start', message: { role: 'assistant', model: request.model } };
  for (let index = 0, blocks = 1 + random.below(2); index < blocks; index++) {
    yield { type: 'content_block_start', index, content_block: { type: 'text', text: '' } };
    for (let words = 1 + random.below(8); words > 0; words--) {
      await pause();
      yield {
        type: 'content_block_delta',
        index,
        delta: { type: 'text_delta', text: `w${random.below(1_000)} ` },
      };
    }
    yield { type: 'content_block_stop', index };
  }
  const calls = random.chance(callsShare) ? 1 + random.below(3) : 0;
  for (let call = 0; call < calls; call++) {
    const id = `call_${random.below(1_000_000_000)}`;
    const use = { type: 'tool_use' as const, id, name: 'look', input: {} };
    yield { type: 'content_block_start', index: 2 + call, content_block: use };
    await pause();
    yield {
      type: 'content_block_delta',
      index: 2 + call,
      delta: { type: 'input_json_delta', partial_json: '{"at":' },
    };
    await pause();
    yield {
      type: 'content_block_delta',
      index: 2 + call,
      delta: { type: 'input_json_delta', partial_json: '1}' },
    };
    yield { type: 'content_block_stop', index: 2 + call };
  }
  const reason: StopReason = calls > 0 ? 'tool_use' : 'end_turn';
  yield { type: 'message_delta', delta: { stop_reason: reason } };
  await pause();
  yield { type: 'message_stop' };
}

/** A world in which calls may wait for somebody. */
export interface Waits extends Pick<ThreadStore, 'toolAnswer'> {
  readonly random: Seeded;
}

/** Tools that take their time, some of them a person's. */
export const simulatedTools = (
  { fates, random }: SimulatedWorld,
  actor: Actor,
  waits: Waits | null,
): ToolBox => ({
  offered: async () => [],
  call: async (run, use, signal) => {
    await fates.pass(actor, 'tool', random.below(TOOL_MS_MAX), signal);
    const isAnswered = waits === null || (await waits.toolAnswer(run, use.id)) !== null;
    if (!isAnswered && waits.random.chance(WAITS_SHARE)) return { kind: 'waits', wants: 'result' };
    return {
      kind: 'result',
      block: { type: 'tool_result', tool_use_id: use.id, content: `seen ${random.below(100)}` },
      status: signal.aborted ? 'cancelled' : 'completed',
      latencyMs: 1,
      attempts: 1,
    };
  },
  timeMs: async () => (random.chance(0.5) ? TOOL_MS_MAX : 0),
});

const settlementOf = (hold: RunHold, cost: number): Settlement => ({
  holdId: hold.holdId,
  requestId: `req_${hold.holdId}`,
  keyId: hold.keyId,
  projectId: 'p',
  model: 'simulated',
  provider: 'simulated',
  tokens: { ...NO_TOKENS, output: cost },
  costNanoUsd: cost,
  estimated: false,
  status: 'completed',
  startedAtMs: 0,
  settledAtMs: 0,
  firstTokenMs: null,
  totalMs: 0,
  feature: null,
  threadId: null,
  endUserId: null,
});
