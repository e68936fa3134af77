import { AppError } from '../../shared/app-error.ts';
import { assert } from '../../shared/assert.ts';
import { microsFloorFromNanoUsd, microsFromNanoUsd, usdText } from '../../shared/money.ts';
import type { KeyState } from './key.ts';
import type { ProjectBudget } from './project-cap.ts';
import { isMoney, type HoldRefusal } from './refusal.ts';
import { resetsAtMs } from './window.ts';

/** Below this an answer is of no use, so a budget that affords less refuses. */
const USEFUL_TOKENS_MIN = 16;
const IN_FLIGHT_RETRY_SECONDS = 2;

type Money = Extract<HoldRefusal, 'cap_exceeded' | 'exceeds_cap' | 'in_flight'>;

const CODES = {
  key: {
    cap_exceeded: 'key_cap_exceeded',
    exceeds_cap: 'request_exceeds_budget',
    in_flight: 'in_flight_budget_exhausted',
  },
  project: {
    cap_exceeded: 'project_cap_exceeded',
    exceeds_cap: 'request_exceeds_budget',
    in_flight: 'in_flight_budget_exhausted',
  },
} as const;

/** Whose cap it is, in a sentence. */
const WHOSE = { key: 'this key', project: "this key's project" } as const;

const words = (reason: Money, source: keyof typeof WHOSE): string => {
  const whose = WHOSE[source];
  switch (reason) {
    case 'cap_exceeded':
      return `${whose[0]?.toUpperCase()}${whose.slice(1)} has reached its spend cap.`;
    case 'exceeds_cap':
      return `This request may cost more than the whole cap of ${whose}: lower max_tokens or the input.`;
    case 'in_flight':
      return `The rest of ${whose} is held by calls in flight: try again when they have ended.`;
  }
};

/** A hold that a cap refused: the project's where there is one, else the key's. */
export interface RefusedMoney {
  readonly reason: HoldRefusal;
  readonly key: KeyState | null;
  readonly project?: ProjectBudget;
}

/** What a call is answered that a cap refused; `fits`: the output tokens that it would have had the money for. */
export const moneyRefusal = (
  { reason, key, project }: RefusedMoney,
  neededNanoUsd: number,
  fits: number,
  nowMs: number,
): AppError => {
  assert(isMoney(reason), 'a refusal for money');
  const source = project === undefined ? 'key' : 'project';
  const budget = project ?? key;
  // Who still has money is not at the cap: a smaller request may pass.
  const message =
    reason === 'cap_exceeded' && budget !== null && budget.availableNanoUsd > 0
      ? notAfforded(WHOSE[source], budget.availableNanoUsd, neededNanoUsd)
      : words(reason, source);
  return new AppError({
    code: CODES[source][reason],
    publicMessage:
      fits < USEFUL_TOKENS_MIN ? message : `${message} With max_tokens of ${fits} it would fit.`,
    facts: {
      cap_micros: microsFloorFromNanoUsd(budget?.capNanoUsd ?? 0),
      spent_micros: microsFromNanoUsd(budget?.spentNanoUsd ?? 0),
      held_micros: microsFromNanoUsd(budget?.heldNanoUsd ?? 0),
      needed_micros: microsFromNanoUsd(neededNanoUsd),
      resets_at: budget === null ? null : resetsAtMs(budget.period, nowMs),
      limit_source: source,
    },
    ...(reason === 'in_flight' ? { retryAfterSeconds: IN_FLIGHT_RETRY_SECONDS } : {}),
  });
};

const notAfforded = (whose: string, leftNanoUsd: number, neededNanoUsd: number): string =>
  `What is left of ${whose}'s cap (${usdText(microsFloorFromNanoUsd(leftNanoUsd))}) does not afford this request (up to ${usdText(microsFromNanoUsd(neededNanoUsd))}).`;
