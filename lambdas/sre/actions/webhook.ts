import { signedHeaders } from '../../shared/webhook-signature.ts';
import type { SendToDestination } from '../ports/destinations.ts';
import type { Plan } from '../runbooks/plan.ts';
import type { Outcome } from '../runbooks/remediation.ts';
import { answeredWith, outcome, outcomeOfFailure, type Shown } from './words.ts';

/** A signed POST, as to a destination: a receiver checks the signature and refuses an old time. */
export const callWebhook = async (
  { target, body }: Plan,
  {
    send,
    secret,
    nowMs,
    shown,
  }: {
    readonly send: SendToDestination;
    readonly secret: string;
    readonly nowMs: () => number;
    readonly shown: Shown;
  },
): Promise<Outcome> => {
  if (secret === '')
    return outcome('failed', 'Nothing was sent: the runbook has no signing_secret.');
  const answer = await send({
    url: target,
    method: 'POST',
    headers: signedHeaders(secret, nowMs(), body),
    body,
  });
  return answer.kind === 'answered' && answer.status >= 200 && answer.status <= 299
    ? outcome('succeeded', answeredWith(answer.status, shown(answer.text)))
    : outcomeOfFailure(answer, shown);
};
