import type { SendAws } from '../../../platform/aws/aws-client.ts';
import { sesSender } from '../../../platform/ses.ts';
import type { SendMail } from './email.ts';

/** Mails of tickets by SES. */
export const sesMail = (deps: { readonly send: SendAws; readonly from: string }): SendMail => {
  const send = sesSender(deps);
  return async ({ to, subject, text, threadId }) => {
    const outcome = await send({ to, subject, text, conversation: threadId });
    switch (outcome.kind) {
      case 'sent':
        return { kind: 'done', externalId: threadId, url: null };
      case 'later':
        return { ...outcome, afterMs: null };
      case 'refused':
      case 'unknown':
        return outcome;
    }
  };
};
