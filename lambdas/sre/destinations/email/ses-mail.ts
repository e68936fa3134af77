import type { SendAws } from '../../../platform/aws/aws-client.ts';
import { AwsError } from '../../../platform/aws/aws-error.ts';
import type { Attempt } from '../../tickets/ticket-wire.ts';
import type { SendMail } from './email.ts';

/** They mean that the account may send no mail at all until a person changes that. */
const OF_THE_ACCOUNT: ReadonlySet<string> = new Set([
  'AccountSuspendedException',
  'SendingPausedException',
  'MailFromDomainNotVerifiedException',
  'AccessDeniedException',
]);
/** The day's quota, or that of a second: https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html */
const LATER: ReadonlySet<string> = new Set(['TooManyRequestsException', 'LimitExceededException']);

/** https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html */
export const sesMail =
  ({ send, from }: { readonly send: SendAws; readonly from: string }): SendMail =>
  async ({ to, subject, text, threadId }) => {
    if (from === '')
      return { kind: 'refused', reason: 'the stage has no sender (mailFrom)', fault: 'request' };
    const conversation = `<${threadId}@sluice.invalid>`;
    try {
      await send({
        method: 'POST',
        path: '/v2/email/outbound-emails',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          FromEmailAddress: from,
          Destination: { ToAddresses: to },
          Content: {
            Simple: {
              Subject: { Data: subject, Charset: 'UTF-8' },
              Body: { Text: { Data: text, Charset: 'UTF-8' } },
              Headers: [
                { Name: 'In-Reply-To', Value: conversation },
                { Name: 'References', Value: conversation },
                { Name: 'Auto-Submitted', Value: 'auto-generated' },
              ],
            },
          },
        }),
      });
      return { kind: 'done', externalId: threadId, url: null };
    } catch (error) {
      return attemptOf(error);
    }
  };

const attemptOf = (error: unknown): Attempt => {
  if (!(error instanceof AwsError)) return { kind: 'unknown', reason: 'SES did not answer' };
  const reason = `SES: ${error.name}: ${error.message}`;
  if (LATER.has(error.name)) return { kind: 'later', reason, afterMs: null };
  if (OF_THE_ACCOUNT.has(error.name)) return { kind: 'refused', reason, fault: 'credentials' };
  const { httpStatusCode: status } = error.$metadata;
  return status !== undefined && status < 500
    ? { kind: 'refused', reason, fault: 'request' }
    : { kind: 'unknown', reason };
};
