import { randomUUID } from 'node:crypto';
import * as z from 'zod';

/** A mail that would have been sent. */
export interface LocalMail {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

const words = z.strictObject({ Data: z.string().min(1), Charset: z.literal('UTF-8') });

/** As much of SendEmail as is used. https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html */
const sendEmail = z.strictObject({
  FromEmailAddress: z.string().min(3),
  Destination: z.strictObject({ ToAddresses: z.array(z.email()).min(1).max(50) }),
  Content: z.strictObject({
    Simple: z.strictObject({
      Subject: words,
      Body: z.strictObject({ Text: words, Html: words.optional() }),
      Headers: z.array(z.strictObject({ Name: z.string(), Value: z.string() })),
    }),
  }),
});

/** Nothing leaves this machine: the mail is shown. */
export const mailAnswer = (
  onMail: (mail: LocalMail) => void,
  sent: unknown,
): readonly [number, object] => {
  const { data, error } = sendEmail.safeParse(sent);
  if (data === undefined)
    return [400, { __type: 'BadRequestException', message: error?.message ?? '' }];
  const { Subject, Body } = data.Content.Simple;
  onMail({
    to: data.Destination.ToAddresses,
    subject: Subject.Data,
    text: Body.Text.Data,
    ...(Body.Html === undefined ? {} : { html: Body.Html.Data }),
  });
  return [200, { MessageId: randomUUID() }];
};
