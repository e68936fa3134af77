import * as z from 'zod';
import type { Destination } from './destination.ts';
import type { InboundEvent } from './inbound-wire.ts';

/** A setting of destinations whose people may approve steps of runbooks there: whoever can write there can. */
export const approvalsSetting = { approvals: z.enum(['on', 'off']).optional() };

export const hasApprovals = ({ settings }: Pick<Destination, 'settings'>): boolean =>
  settings['approvals'] === 'on';

export type InboundDecision = Extract<
  InboundEvent['action'],
  { readonly kind: 'approve' | 'reject' }
>;

const COMMAND =
  /^sluice (?:(approve) (remediation_[0-9a-z]{34}) ([0-9a-f]{12,64})|(reject) (remediation_[0-9a-z]{34}))$/;

/** A decision by a button, by a webhook, or by a comment that is nothing but a command; null: it is none. */
export const decisionOf = ({ action }: InboundEvent): InboundDecision | null => {
  if (action.kind === 'approve' || action.kind === 'reject') return action;
  if (action.kind !== 'comment') return null;
  const [, approve, approvedId = '', planHash = '', , rejectedId = ''] =
    COMMAND.exec(action.text.trim()) ?? [];
  if (approve !== undefined) return { kind: 'approve', remediationId: approvedId, planHash };
  return rejectedId === '' ? null : { kind: 'reject', remediationId: rejectedId };
};
