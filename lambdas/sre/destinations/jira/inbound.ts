import * as z from 'zod';
import type { InboundEvent, InboundWire } from '../../tickets/inbound-wire.ts';
import { cleanLine, cleanLines } from '../../../shared/clean-text.ts';
import { signedWebhook } from '../shared/signed-webhook.ts';

const COMMENT_CHARS_MAX = 2_000;

const person = z.looseObject({
  displayName: z.string().nullish(),
  name: z.string().nullish(),
  /** Of Jira Cloud. */
  accountId: z.string().nullish(),
  /** Of those who show it. */
  emailAddress: z.string().nullish(),
});
/** https://developer.atlassian.com/cloud/jira/platform/webhooks */
const webhook = z.looseObject({
  timestamp: z.number(),
  webhookEvent: z.string(),
  user: person.nullish(),
  issue: z.looseObject({
    id: z.string(),
    fields: z
      .looseObject({
        status: z.looseObject({ statusCategory: z.looseObject({ key: z.string() }) }).nullish(),
        /** Who made the issue, which nobody can change: the account of the destination. */
        creator: person.nullish(),
      })
      .nullish(),
  }),
  changelog: z
    .looseObject({
      id: z.union([z.string(), z.number()]),
      items: z.array(z.looseObject({ field: z.string(), to: z.string().nullish() })),
    })
    .nullish(),
  comment: z.looseObject({ id: z.string(), author: person.nullish(), body: z.unknown() }).nullish(),
});
type Webhook = z.infer<typeof webhook>;

/** `email`: of the account of the destination. Webhooks of Jira, Cloud and Data Center, with a secret: https://www.w3.org/TR/websub/#signing-content */
export const jiraInbound = (secret: string | undefined, email: string | undefined): InboundWire =>
  signedWebhook(secret, {
    header: 'x-hub-signature',
    prefix: 'sha256=',
    algorithm: 'sha256',
    of: 'webhook',
    schema: webhook,
    atMs: ({ timestamp }) => timestamp,
    eventsOf: (data) => [...statusEvents(data), ...commentEvents(data, email)],
  });

/** Who moves an issue has it, ends it, or takes it up again: what is true already changes nothing. */
const statusEvents = (data: Webhook): InboundEvent[] => {
  const { webhookEvent, issue, changelog, user } = data;
  const items = changelog?.items ?? [];
  if (webhookEvent !== 'jira:issue_updated' || !items.some(({ field }) => field === 'status'))
    return [];
  const category = issue.fields?.status?.statusCategory.key;
  const isTakenUp = items.some(({ field, to }) => field === 'resolution' && !to);
  const kinds: ('acknowledge' | 'resolve' | 'reopen')[] = [];
  if (category === 'done') kinds.push('resolve');
  if (category !== 'done' && isTakenUp) kinds.push('reopen');
  if (category === 'indeterminate') kinds.push('acknowledge');
  return kinds.map((kind) => ({
    id: `${issue.id} ${changelog?.id} ${kind}`,
    ...ofIssue(data),
    isOwnAccount: isSame(user, issue.fields?.creator),
    by: nameOf(user),
    action: { kind },
  }));
};

const commentEvents = (data: Webhook, email: string | undefined): InboundEvent[] => {
  const { webhookEvent, comment, issue } = data;
  if (webhookEvent !== 'comment_created' || !comment) return [];
  const text = cleanLines(textOf(comment.body), COMMENT_CHARS_MAX);
  if (text === '') return [];
  return [
    {
      id: `comment ${comment.id}`,
      ...ofIssue(data),
      isOwnAccount:
        isSame(comment.author, issue.fields?.creator) || hasEmail(comment.author, email),
      // Webhooks of comments on Jira Cloud may leave out who made the issue, and mails are hidden by default.
      ...(idOf(issue.fields?.creator) === '' ? { account: idOf(comment.author) } : {}),
      by: nameOf(comment.author),
      action: { kind: 'comment', text },
    },
  ];
};

const ofIssue = ({ issue, timestamp: atMs }: Webhook) => ({
  incidentId: null,
  externalId: issue.id,
  generation: null,
  atMs,
});

type Person = z.infer<typeof person> | null | undefined;

const idOf = (who: Person): string => who?.accountId || who?.name || '';

const isSame = (one: Person, other: Person): boolean =>
  idOf(one) !== '' && idOf(one) === idOf(other);

/** Of those who show it. */
const hasEmail = (who: Person, email: string | undefined): boolean =>
  Boolean(email) && who?.emailAddress?.toLowerCase() === email?.toLowerCase();

const nameOf = (who: Person): string =>
  cleanLine(who?.displayName || who?.name || who?.accountId || '', 100);

const node = z.looseObject({ text: z.string().nullish(), content: z.array(z.unknown()).nullish() });

/** Wiki text, or the texts of a document. */
const textOf = (body: unknown): string => {
  if (typeof body === 'string') return body;
  const { data } = node.safeParse(body);
  if (data === undefined) return '';
  return data.text ?? (data.content ?? []).map(textOf).join(' ');
};
