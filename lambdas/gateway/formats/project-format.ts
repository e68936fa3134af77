import * as z from 'zod';
import type { ProjectCap } from '../../ledger/ports/project-caps.ts';
import { resetsAtMs } from '../../ledger/domain/window.ts';
import { microsFloorFromNanoUsd, microsFromNanoUsd } from '../../shared/money.ts';
import { period, usd } from './key-format.ts';

/** PATCH /v1/project/cap */
export const patchProjectBody = z.strictObject({
  max_spend_usd: usd
    .nullable()
    .optional()
    .describe('what all keys of the project may spend together in a period; null: no cap'),
  period: period
    .optional()
    .describe('another one begins a new budget, in which nothing is spent or held'),
});
export type PatchProjectBody = z.infer<typeof patchProjectBody>;

/** A project on the wire. `state` is `applying` while keys of before do not know of the latest change. */
export const projectView = ({ projectId, budget, isBound }: ProjectCap, nowMs: number) => ({
  object: 'project_cap' as const,
  project_id: projectId,
  state: isBound
    ? budget === null
      ? ('off' as const)
      : ('active' as const)
    : ('applying' as const),
  cap_micros: budget === null ? null : microsFloorFromNanoUsd(budget.capNanoUsd),
  spent_micros: budget === null ? null : microsFromNanoUsd(budget.spentNanoUsd),
  held_micros: budget === null ? null : microsFromNanoUsd(budget.heldNanoUsd),
  available_micros: budget === null ? null : microsFloorFromNanoUsd(budget.availableNanoUsd),
  share_spent: budget === null ? null : shareOf(budget.spentNanoUsd, budget.capNanoUsd),
  period: budget?.period ?? null,
  window: budget?.window ?? null,
  resets_at: budget === null ? null : resetsAtMs(budget.period, nowMs),
});

/** Of a cap of nothing everything is spent. */
const shareOf = (spent: number, cap: number): number =>
  cap === 0 ? 1 : Math.round((spent / cap) * 10_000) / 10_000;
