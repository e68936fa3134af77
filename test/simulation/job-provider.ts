import type { CompleteDeps } from '../../lambdas/inference/calls/call-types.ts';
import { settlementOf } from '../support/key-items.ts';
import { AppError } from '../../lambdas/shared/app-error.ts';
import type { Timers } from '../../lambdas/shared/deps.ts';
import type { Tables, Write } from '../../lambdas/platform/tables/tables.ts';
import type {
  AskedCall,
  CallAnswer,
  JobCaller,
} from '../../lambdas/threads/jobs/ports/job-calls.ts';
import { withMoney } from '../../lambdas/threads/jobs/routes/route-caller.ts';
import type { Seeded } from './seeded.ts';

/** Weakenings that the invariants must catch. */
export type JobMutation =
  | 'asked without a look at the job'
  | 'leases that nobody keeps'
  | 'answers of a former worker'
  | 'settled before it is stored'
  | 'holds without a name';

/** One call that reached the provider. */
export interface ProviderCall {
  readonly index: number;
  readonly holdId: string;
  /** When its money was taken: one that stood still since then is still asked for, and is paid by that. */
  readonly atMs: number;
  /** What the provider bills, whoever is there to hear of it. */
  costNanoUsd: number;
}

const HELD = 10;
const COST_MAX = 9;

/** A provider that takes its time, and the money of its calls by the deployed ledger. */
export class JobProvider {
  readonly calls: ProviderCall[] = [];
  private readonly random: Seeded;
  private readonly seen: Set<string>;
  private readonly mutation: JobMutation | null;

  constructor(random: Seeded, seen: Set<string>, mutation: JobMutation | null) {
    this.random = random;
    this.seen = seen;
    this.mutation = mutation;
  }

  callerOf(
    deps: Pick<CompleteDeps, 'ledger' | 'repriceHold' | 'cancelFlags'>,
    timers: Timers,
  ): JobCaller {
    return {
      ask: async (asked) => {
        try {
          return await this.ask(
            this.mutation === 'settled before it is stored' ? deps : withMoney(deps, asked),
            deps,
            timers,
            asked,
          );
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          return { ...answer(error.status, '{}'), error };
        }
      },
    };
  }

  /** The tables with one guard taken away. */
  weakened(tables: Tables): Tables {
    const weaken = (write: Write): Write => {
      const { condition } = write;
      if (condition === undefined) return write;
      const mine = '#status = :running AND epoch = :epoch AND writer = :writer';
      switch (this.mutation) {
        case 'answers of a former worker':
          return { ...write, condition: condition.replace(mine, '#status = :running') };
        case 'leases that nobody keeps':
          return write.kind === 'update' && write.update === 'SET lease_until = :lease'
            ? { ...write, update: 'SET kept = :lease' }
            : write;
        default:
          return write;
      }
    };
    return {
      get: async (...args) => await tables.get(...args),
      getMany: async (...args) => await tables.getMany(...args),
      query: async (...args) => await tables.query(...args),
      write: async (write) => await tables.write(weaken(write)),
      update: async (update) => {
        const weak = weaken(update);
        return await tables.update(weak.kind === 'update' ? weak : update);
      },
      transact: async (writes) => {
        const isClaim = writes.some(({ kind }) => kind === 'check');
        if (isClaim && this.mutation === 'asked without a look at the job')
          return await tables.transact(writes.filter(({ kind }) => kind !== 'check'));
        if (isClaim && this.mutation === 'holds without a name')
          return await tables.transact(writes.filter(({ kind }) => kind === 'check'));
        return await tables.transact(writes.map(weaken));
      },
    };
  }

  private async ask(
    engine: Pick<CompleteDeps, 'ledger' | 'repriceHold' | 'cancelFlags'>,
    real: Pick<CompleteDeps, 'ledger' | 'repriceHold' | 'cancelFlags'>,
    timers: Timers,
    asked: AskedCall,
  ): Promise<CallAnswer> {
    const { job, holdId } = asked;
    const request = {
      keyId: job.keyId,
      secretHash: null,
      holdId,
      amountNanoUsd: HELD,
      model: 'm',
      provider: 'p',
      feature: null,
      nowMs: timers.nowMs(),
      expiresAtMs: asked.deadlineMs + 60_000,
      witness: asked.witness,
    };
    const outcome = await engine.ledger.hold(request);
    if (outcome.kind === 'refused') throw refusal(outcome.reason);
    let { hold } = outcome;
    if (engine === real) await asked.money.held(hold, 'm', 'p');
    const settle = async (cost: number): Promise<void> => {
      const status = cost === 0 ? 'released' : 'completed';
      const settlement = settlementOf(holdId, cost, timers.nowMs());
      await engine.ledger.settle(hold, { ...settlement, keyId: job.keyId, status });
    };
    const isLarger = asked.index % 3 === 1;
    if (isLarger) {
      // Its files were read, and cost more than they were held for.
      const anew = await engine.repriceHold(hold, { ...request, amountNanoUsd: 2 * HELD });
      if (anew.kind === 'refused') {
        await settle(0);
        throw refusal(anew.reason);
      }
      this.seen.add('held anew');
      ({ hold } = anew);
    }
    const call: ProviderCall = {
      index: asked.index,
      holdId,
      atMs: hold.heldAtMs,
      costNanoUsd: 0,
    };
    this.calls.push(call);
    if (this.random.chance(0.15)) {
      this.seen.add('provider busy');
      await timers.sleep(50);
      await settle(0);
      return answer(503, '{"error":{"message":"busy"}}');
    }
    call.costNanoUsd = (isLarger ? HELD : 0) + 1 + this.random.below(COST_MAX);
    const ms = this.random.chance(0.1) ? 40_000 : 200 + this.random.below(4_000);
    if (job.isStream)
      return {
        ...answer(200, ''),
        headers: EVENTS,
        body: this.words(call, ms, timers, asked, settle),
      };
    await this.wait(ms, timers, asked);
    await settle(call.costNanoUsd);
    return answer(200, '{"ok":true}');
  }

  private async *words(
    call: ProviderCall,
    ms: number,
    timers: Timers,
    asked: AskedCall,
    settle: (cost: number) => Promise<void>,
  ): AsyncGenerator<Uint8Array> {
    for (let word = 0; word < 8 && asked.halt() === null; word++) {
      await this.wait(ms / 8, timers, asked);
      yield Buffer.from(`data: word${word}\n\n`);
    }
    await settle(call.costNanoUsd);
    yield Buffer.from('data: [DONE]\n\n');
  }

  /** As long as the provider takes, or until somebody stops it. */
  private async wait(ms: number, timers: Timers, { halt }: AskedCall): Promise<void> {
    const untilMs = timers.nowMs() + ms;
    while (timers.nowMs() < untilMs && halt() === null)
      await timers.sleep(Math.min(1_000, untilMs - timers.nowMs()));
    if (halt() !== null) this.seen.add('stopped in the middle');
  }
}

const EVENTS = { 'content-type': 'text/event-stream' };

const answer = (status: number, body: string): CallAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(body),
  error: null,
  costNanoUsd: async () => await Promise.resolve(0),
  isOpen: async () => await Promise.resolve(false),
});

const refusal = (reason: string): AppError => {
  switch (reason) {
    case 'rate_limited':
      return new AppError({ code: 'rate_limited', publicMessage: 'x', retryAfterSeconds: 30 });
    case 'concurrency_limited':
      return new AppError({
        code: 'concurrency_limited',
        publicMessage: 'x',
        retryAfterSeconds: 1,
      });
    case 'in_flight':
      return new AppError({ code: 'in_flight_budget_exhausted', publicMessage: 'x' });
    case 'cap_exceeded':
    case 'exceeds_cap':
      return new AppError({ code: 'key_cap_exceeded', publicMessage: 'x' });
    default:
      return new AppError({ code: 'invalid_api_key', publicMessage: 'x' });
  }
};
