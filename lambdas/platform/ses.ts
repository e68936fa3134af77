import { awsClient, type SendAws } from './aws/aws-client.ts';
import { awsPlace } from './aws/aws-environment.ts';
import { AwsError } from './aws/aws-error.ts';
import { systemClock } from './clock.ts';

/**
 * Of To, Cc and Bcc together; each counts as a mail of the account's day and second:
 * https://docs.aws.amazon.com/ses/latest/dg/quotas.html (200 a day and one a second in the sandbox, and to verified
 * addresses alone; above it what AWS has granted).
 */
export const RECIPIENTS_MAX = 50;

export interface SesMail {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** Absent: the mail is plain text. */
  readonly html?: string;
  /** Mails that have it in common are shown as one conversation. */
  readonly conversation: string;
}

export type SesOutcome =
  | { readonly kind: 'sent' }
  /** Certainly not sent; later it may be. SES says of no refusal when. */
  | { readonly kind: 'later'; readonly reason: string }
  /** Certainly not sent, and the same again will not be. `credentials`: the account may send no mail at all. */
  | { readonly kind: 'refused'; readonly reason: string; readonly fault: 'request' | 'credentials' }
  /** It may have been sent: SES has no token that would make a repetition the same mail. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** They mean that the account may send no mail at all until a person changes that. */
const OF_THE_ACCOUNT: ReadonlySet<string> = new Set([
  'AccountSuspendedException',
  'SendingPausedException',
  'MailFromDomainNotVerifiedException',
  'AccessDeniedException',
]);
/** The day's quota, or that of a second: https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html */
const LATER: ReadonlySet<string> = new Set([
  'TooManyRequestsException',
  'LimitExceededException',
  'ThrottlingException',
]);

/** A mail that may have been taken is not sent again by the client: whoever sends it decides. */
const CLIENT = {
  signingName: 'ses',
  limits: { socketsMax: 8, connectTimeoutMs: 5_000, requestTimeoutMs: 15_000 },
  attemptsMax: 1,
  retryBaseMs: 100,
};

export const sesClient = (): SendAws =>
  awsClient({ place: awsPlace('email'), ...CLIENT, nowMs: systemClock.nowMs });

/** Sends a mail once; never throws. https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html */
export const sesSender =
  ({ send, from }: { readonly send: SendAws; readonly from: string }) =>
  async ({ to, subject, text, html, conversation }: SesMail): Promise<SesOutcome> => {
    if (from === '')
      return { kind: 'refused', reason: 'the stage has no sender (mailFrom)', fault: 'request' };
    const thread = `<${conversation}@sluice.invalid>`;
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
              Subject: utf8(subject),
              Body: { Text: utf8(text), ...(html === undefined ? {} : { Html: utf8(html) }) },
              Headers: [
                { Name: 'In-Reply-To', Value: thread },
                { Name: 'References', Value: thread },
                { Name: 'Auto-Submitted', Value: 'auto-generated' },
              ],
            },
          },
        }),
      });
      return { kind: 'sent' };
    } catch (error) {
      return outcomeOf(error);
    }
  };

const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });

const outcomeOf = (error: unknown): SesOutcome => {
  if (!(error instanceof AwsError)) return { kind: 'unknown', reason: 'SES did not answer' };
  const reason = `SES: ${error.name}: ${error.message}`;
  if (LATER.has(error.name)) return { kind: 'later', reason };
  if (OF_THE_ACCOUNT.has(error.name)) return { kind: 'refused', reason, fault: 'credentials' };
  const { httpStatusCode: status } = error.$metadata;
  return status !== undefined && status < 500
    ? { kind: 'refused', reason, fault: 'request' }
    : { kind: 'unknown', reason };
};
