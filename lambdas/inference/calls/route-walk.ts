import { AppError } from '../../shared/app-error.ts';
import type { KeyState } from '../../ledger/domain/key.ts';
import { resolveTargets } from '../routing/resolve-targets.ts';
import {
  isAlias,
  planOf,
  type ModelRoute,
  type RouteBook,
  type RouteTarget,
} from '../routing/route.ts';
import { routeWords, type RouteStep } from '../routing/route-words.ts';
import type { Breakers, ProviderRates } from '../ports/breakers.ts';
import type { FailedCall } from './failed-call.ts';

/** However many targets and retries a project writes down. */
const TRIES_MAX = 12;
/** A try that could not answer any more is not begun. */
const TIME_LEFT_MS = 3_000;
const BACKOFF_MS = 100;
const RETRY_CREDIT = 0.2;
const RETRY_CREDIT_START = 3;
const RETRY_CREDIT_MAX = 10;

export interface WalkDeps {
  readonly breakers: Breakers;
  readonly rates: ProviderRates;
  readonly random: () => number;
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Retries that a function may still make, by project and route: a fifth of its calls, and a few to begin with. */
  readonly credit: Map<string, number>;
}

export interface WalkInput {
  readonly book: RouteBook;
  readonly route: ModelRoute;
  readonly key: KeyState;
  readonly deadlineMs: number;
  readonly providerOf: (model: string) => string | null;
  /** What a model costs beside others; null: it has no price. */
  readonly costOf: (model: string) => Promise<number | null>;
}

/** What a try came to, as far as the next one depends on it. */
export interface Failure {
  readonly failed: FailedCall;
  /** A word for the header: a status, or what was missing. */
  readonly word: string;
  /**
   * `again`: nobody billed it, and it may pass; `next`: another target may; `passed`: this one was not asked; `money`: it
   * costs more than is left; `final`: nobody else is asked.
   */
  readonly kind: 'again' | 'next' | 'passed' | 'money' | 'final';
}

/** The way of one call over the targets of its route. */
export interface Walk {
  /** The next target; null: nobody is left. */
  next(): Promise<RouteTarget | null>;
  /** false: it ends here. */
  failed(target: RouteTarget, failure: Failure): Promise<boolean>;
  /** It answered, or was asked and billed. */
  answered(target: RouteTarget): Promise<void>;
  /** What happened, `used` the last of it: null, nobody answered. */
  words(used: RouteTarget | null): string;
  /** What the caller hears when nobody answered. */
  end(): FailedCall;
}

/** `tried`: what the plain model came to that this route is the fallback of. */
export const walkRoute = async (
  deps: WalkDeps,
  input: WalkInput,
  tried: Failure | null,
): Promise<Walk> => {
  const { route, key } = input;
  const plan = planOf(route, key.tier);
  const own: RouteTarget = { model: route.name, weight: null, region: null };
  const targets = resolveTargets(input.book, route.name, key.tier, deps.random);
  const known = isAlias(route.name) ? targets : [own, ...targets];
  const steps: RouteStep[] = [];
  let queue = isAlias(route.name) ? [...targets] : [];
  let isDowngraded = false;
  let tries = tried === null ? 0 : 1;
  let retries = 0;
  /** Targets that were not asked because they fail at the moment. */
  const open: RouteTarget[] = [];
  let last: FailedCall | null = null;
  let missed: FailedCall | null = null;
  const creditName = `${key.projectId}#${route.name}`;
  deps.credit.set(
    creditName,
    Math.min(RETRY_CREDIT_MAX, (deps.credit.get(creditName) ?? RETRY_CREDIT_START) + RETRY_CREDIT),
  );

  const downgrade = async (): Promise<boolean> => {
    if (plan.onCap !== 'downgrade' || isDowngraded) return false;
    isDowngraded = true;
    const model = plan.downgradeTo ?? (await cheapest(known, input.costOf));
    if (model === null) return false;
    const at = known.find((target) => target.model === model);
    const first = at ?? { model, weight: null, region: null };
    steps.push({ kind: 'downgrade', model, region: null, outcome: null });
    queue = [first, ...queue.filter((target) => target.model !== model)];
    return true;
  };
  const step = (kind: RouteStep['kind'], target: RouteTarget, outcome: string | null): void => {
    steps.push({ kind, model: target.model, region: target.region, outcome });
  };
  const thing = ({ model, region }: RouteTarget) => ({
    projectId: key.projectId,
    provider: input.providerOf(model) ?? 'nobody',
    model,
    region,
  });
  const hasRoom = async (target: RouteTarget): Promise<boolean> => {
    const { provider, projectId } = thing(target);
    const rpm = Object.hasOwn(route.providerRpm, provider)
      ? route.providerRpm[provider]
      : undefined;
    if (rpm === undefined || (await deps.rates.take(projectId, provider, rpm, deps.nowMs())))
      return true;
    step('skip', target, 'rate');
    missed = tellingOf(missed, { kind: 'error', error: providerBusy(deps.nowMs()) });
    return false;
  };
  const isOver = (): boolean =>
    tries >= TRIES_MAX || input.deadlineMs - deps.nowMs() < TIME_LEFT_MS;

  const walk: Walk = {
    next: async () => {
      for (let target = queue.shift(); target !== undefined && !isOver(); target = queue.shift()) {
        if (!(await deps.breakers.mayAsk(thing(target), deps.nowMs()))) {
          step('skip', target, 'open');
          open.push(target);
          continue;
        }
        if (!(await hasRoom(target))) continue;
        tries += 1;
        return target;
      }
      // A breaker orders and never refuses: where nobody else is left, one that is open is asked, once.
      const forced = tries === 0 ? open.shift() : undefined;
      open.length = 0;
      if (forced === undefined || isOver() || !(await hasRoom(forced))) return null;
      tries += 1;
      return forced;
    },
    failed: async (target, { failed, word, kind }) => {
      if (kind === 'passed') {
        step('skip', target, word);
        missed = tellingOf(missed, failed);
        // Nobody was asked.
        tries -= 1;
        return true;
      }
      step('try', target, word);
      last = failed;
      if (kind === 'money') return await downgrade();
      if (kind === 'final') {
        // Whoever refuses a request is there: a caller's own mistakes keep no breaker open.
        if (/^4\d\d$/.test(word)) await deps.breakers.succeeded(thing(target), deps.nowMs());
        return false;
      }
      await deps.breakers.failed(thing(target), deps.nowMs());
      const credit = deps.credit.get(creditName) ?? 0;
      if (kind === 'again' && retries < route.retries && credit >= 1 && !isOver()) {
        retries += 1;
        deps.credit.set(creditName, credit - 1);
        await deps.sleep(Math.ceil(BACKOFF_MS * 2 ** (retries - 1) * (0.5 + deps.random())));
        queue.unshift(target);
      } else {
        retries = 0;
      }
      return true;
    },
    answered: async (target) => {
      await deps.breakers.succeeded(thing(target), deps.nowMs());
    },
    words: (used) =>
      routeWords(route.name, key.tier, [
        ...steps,
        ...(used === null
          ? []
          : [{ kind: 'used' as const, model: used.model, region: used.region, outcome: null }]),
      ]),
    end: () => last ?? missed ?? { kind: 'error', error: nobodyLeft(route.name) },
  };
  if (tried === null) {
    if (isNearCap(key, plan.downgradeAt)) await downgrade();
  } else {
    queue = [...targets];
    if (!(await walk.failed(own, tried))) queue = [];
  }
  return walk;
};

/** The first that was missed; what is the operator's to mend gives way to what the caller can. */
const tellingOf = (missed: FailedCall | null, failed: FailedCall): FailedCall =>
  missed === null || (isOperators(missed) && !isOperators(failed)) ? failed : missed;

const isOperators = (failed: FailedCall): boolean =>
  failed.kind === 'error' &&
  failed.error instanceof AppError &&
  (failed.error.code === 'model_not_found' || failed.error.code === 'provider_not_configured');

const isNearCap = ({ capNanoUsd, availableNanoUsd }: KeyState, share: number): boolean =>
  capNanoUsd !== null && capNanoUsd - availableNanoUsd >= capNanoUsd * share;

const cheapest = async (
  targets: readonly RouteTarget[],
  costOf: WalkInput['costOf'],
): Promise<string | null> => {
  let found: { readonly model: string; readonly cost: number } | null = null;
  for (const { model } of targets) {
    const cost = await costOf(model);
    if (cost !== null && (found === null || cost < found.cost)) found = { model, cost };
  }
  return found?.model ?? null;
};

const providerBusy = (nowMs: number): AppError =>
  new AppError({
    code: 'rate_limited',
    publicMessage: 'The project sends as many requests to this provider as its route allows.',
    retryAfterSeconds: 60 - (Math.floor(nowMs / 1_000) % 60),
  });

const nobodyLeft = (name: string): AppError =>
  new AppError({
    code: 'provider_error',
    publicMessage: `No model of the route ${name} could be asked in time.`,
  });
