import type { Plan } from '../runbooks/plan.ts';
import { isEnded, remediationAsOf, type Remediation } from '../runbooks/remediation.ts';
import type { Runbook } from '../runbooks/runbook.ts';
import { sentText, targetText } from './sent-text.ts';
import type { Ticket } from './ticket.ts';

/** A ticket shows no more than these. */
const REMEDIATIONS_MAX = 4;

export type TicketHelp = Pick<Ticket, 'runbook' | 'remediations'> & {
  readonly runbookUrl: string | null;
};

/** What a ticket says of what to do: the most specific runbook, and the steps of any that somebody proposed. */
export const helpOf = (
  runbook: Runbook | null,
  remediations: readonly Remediation[],
  nowMs: number,
  mask: (text: string) => string,
): TicketHelp => ({
  runbook:
    runbook === null
      ? null
      : {
          name: mask(runbook.name),
          text: mask(runbook.text),
          steps: runbook.steps.map(({ title }) => mask(title)),
        },
  runbookUrl: runbook?.url ?? null,
  remediations: remediations
    .map((one) => remediationAsOf(one, nowMs))
    .toSorted(
      (left, right) =>
        Number(isEnded(left)) - Number(isEnded(right)) || right.proposedMs - left.proposedMs,
    )
    .slice(0, REMEDIATIONS_MAX)
    .map(({ id, stepTitle, state, plan, planHash, result }) => ({
      id,
      title: mask(stepTitle),
      state,
      target: targetText(plan, mask),
      sent: wholeSent(plan, mask),
      planHash,
      result,
    })),
});

/** What is masked in it, nobody could read before they allow it. */
const wholeSent = (plan: Plan, mask: (text: string) => string): string | null => {
  const text = sentText(plan);
  return text === null || mask(text) !== text ? null : text;
};

export const NO_HELP: TicketHelp = { runbook: null, runbookUrl: null, remediations: [] };
