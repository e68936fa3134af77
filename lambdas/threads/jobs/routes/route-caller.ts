import type { Context } from 'aws-lambda';
import { errorBody, type Dialect } from '../../../http/errors.ts';
import type { CompleteDeps } from '../../../inference/calls/call-types.ts';
import { complete } from '../../../inference/calls/complete.ts';
import { completeUnits } from '../../../inference/calls/complete-units.ts';
import type { LoadDialect } from '../../../inference/dialects/dialect.ts';
import type { WireName } from '../../../inference/models/families.ts';
import { openaiSpeech } from '../../../inference/wires/openai-audio/speech.ts';
import { openaiEmbeddings } from '../../../inference/wires/openai-embeddings/wire.ts';
import { openaiImages } from '../../../inference/wires/openai-images/wire.ts';
import { openaiModerations } from '../../../inference/wires/openai-moderations/wire.ts';
import type { UnitWire } from '../../../inference/wires/unit-wire.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { TargetDeps } from '../../dialects/responses/routes/response-target.ts';
import { FencedError } from '../../usecases/run-log.ts';
import type { JobUrl } from '../domain/job.ts';
import type { AskedCall, CallAnswer, JobCaller } from '../ports/job-calls.ts';
import { askForResponse, type RouteAnswer } from './response-call.ts';

export interface RouteCallerDeps {
  readonly inference: CompleteDeps;
  readonly responses: TargetDeps;
  /** Of the worker's own invocation. */
  readonly context: Context;
}

type Ask = (deps: RouteCallerDeps, asked: AskedCall) => Promise<RouteAnswer>;

/** Makes each call as its route does, for the key of the job, which was known when the job was made. */
export const routeCaller = (deps: RouteCallerDeps): JobCaller => ({
  ask: async (asked) => {
    const { ask, dialect } = ROUTES[asked.call.url];
    try {
      return { error: null, costNanoUsd: nothing, isOpen: never, ...(await ask(deps, asked)) };
    } catch (error) {
      if (error instanceof FencedError) throw error;
      return refused(dialect, knownError(deps, error), asked.requestId);
    }
  },
});

/** What a call owes beside its settlement. */
const nothing = async (): Promise<number> => await Promise.resolve(0);

/** It is whole when it is over. */
const never = async (): Promise<boolean> => await Promise.resolve(false);

/** A defect of ours takes the one call that shows it, and not its job. */
const knownError = ({ inference }: RouteCallerDeps, error: unknown): AppError => {
  if (error instanceof AppError) return error;
  inference.report('unexpected failure', error);
  return new AppError({
    code: 'internal',
    publicMessage: 'Something failed inside.',
    isFinal: true,
    cause: error,
  });
};

const refused = (dialect: Dialect, error: AppError, requestId: string): CallAnswer => ({
  status: error.status,
  headers: { 'content-type': 'application/json', 'x-should-retry': String(error.retryable) },
  body: Buffer.from(JSON.stringify(errorBody(dialect, error, requestId))),
  error,
  costNanoUsd: nothing,
  isOpen: never,
});

const spoken =
  (wire: WireName, dialect: LoadDialect): Ask =>
  async ({ inference }, asked) =>
    await complete(withRoutes(withMoney(inference, asked), asked.money), {
      wire,
      dialect,
      ...inputOf(asked),
    });

const units =
  (wire: UnitWire): Ask =>
  async ({ inference }, asked) =>
    await completeUnits(withRoutes(withMoney(inference, asked), asked.money), wire, inputOf(asked));

const ROUTES: Readonly<Record<JobUrl, { readonly ask: Ask; readonly dialect: Dialect }>> = {
  '/v1/chat/completions': {
    ask: spoken('openai-chat', async () => (await import('#beside/dialects')).chatDialect),
    dialect: 'openai',
  },
  '/v1/messages': {
    ask: spoken(
      'anthropic-messages',
      async () => (await import('#beside/dialects')).messagesDialect,
    ),
    dialect: 'anthropic',
  },
  '/v1/responses': {
    ask: async ({ responses, context }, asked) => await askForResponse(responses, context, asked),
    dialect: 'openai',
  },
  '/v1/embeddings': { ask: units(openaiEmbeddings), dialect: 'openai' },
  '/v1/moderations': { ask: units(openaiModerations), dialect: 'openai' },
  '/v1/images/generations': { ask: units(openaiImages), dialect: 'openai' },
  '/v1/audio/speech': { ask: units(openaiSpeech), dialect: 'openai' },
};

const inputOf = ({ job, call, headers, ...asked }: AskedCall) => ({
  credential: { keyId: job.keyId, secretHash: null },
  requestId: asked.requestId,
  holdId: asked.holdId,
  feature: job.feature,
  headers: { ...headers, 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(call.body)),
  deadlineMs: asked.deadlineMs,
  witness: asked.witness,
});

/**
 * The engine room for one call of a job: its hold is named in the job before the provider is asked, and its settlement is
 * given to the worker, which stores it with the answer and then settles.
 */
export const withMoney = <D extends Pick<CompleteDeps, 'ledger' | 'repriceHold' | 'cancelFlags'>>(
  inference: D,
  { money, halt }: Pick<AskedCall, 'money' | 'halt'>,
): D => ({
  ...inference,
  ledger: {
    ...inference.ledger,
    hold: async (request) => {
      const outcome = await inference.ledger.hold(request);
      if (outcome.kind === 'held') await money.held(outcome.hold, request.model, request.provider);
      return outcome;
    },
    settle: async (hold, settlement) => {
      if (settlement.status !== 'released') {
        await money.owed(hold, settlement);
        return { kind: 'settled' };
      }
      const outcome = await inference.ledger.settle(hold, settlement);
      await money.released(hold);
      return outcome;
    },
  },
  repriceHold: async (hold, request) => {
    const outcome = await inference.repriceHold(hold, request);
    if (outcome.kind === 'held')
      await money.moved(outcome.hold, request.model, request.provider, 0);
    return outcome;
  },
  cancelFlags: {
    ...inference.cancelFlags,
    isRaised: async (...args) => halt() !== null || (await inference.cancelFlags.isRaised(...args)),
  },
});

/** Where a route asks another model, the hold that takes the place of the first one is named in the job too. */
const withRoutes = (inference: CompleteDeps, money: AskedCall['money']): CompleteDeps => ({
  ...inference,
  loadRouting: async () => {
    const routing = await inference.loadRouting();
    return {
      ...routing,
      follow: async (routed) => {
        let standing = routed.kept?.hold ?? null;
        let last = routed.kept?.settlement ?? null;
        const naming = (deps: CompleteDeps): CompleteDeps => ({
          ...deps,
          ledger: {
            ...deps.ledger,
            hold: async (request) => {
              const outcome = await deps.ledger.hold(request);
              if (outcome.kind === 'refused') return outcome;
              const billed = last === null || last.status === 'released' ? 0 : last.costNanoUsd;
              if (standing !== null)
                await money.moved(outcome.hold, request.model, request.provider, billed);
              standing = outcome.hold;
              last = null;
              return outcome;
            },
            settle: async (hold, settlement) => {
              last = settlement;
              return await deps.ledger.settle(hold, settlement);
            },
          },
        });
        return await routing.follow({
          ...routed,
          once: async (deps, input, model) => await routed.once(naming(deps), input, model),
        });
      },
    };
  },
});
