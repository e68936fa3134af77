import * as z from 'zod';
import type { InboundEvent, InboundWire } from '../../tickets/inbound-wire.ts';
import { cleanLine, cleanLines } from '../../tickets/words/clean-text.ts';
import { signedWebhook } from '../shared/signed-webhook.ts';

const COMMENT_CHARS_MAX = 2_000;

const person = z.looseObject({
  displayName: z.string().nullish(),
  name: z.string().nullish(),
  accountId: z.string().nullish(),
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

/** Webhooks of Jira, Cloud and Data Center, with a secret: https://www.w3.org/TR/websub/#signing-content */
export const jiraInbound = (secret: string | undefined): InboundWire =>
  signedWebhook(secret, {
    header: 'x-hub-signature',
    prefix: 'sha256=',
    algorithm: 'sha256',
    of: 'webhook',
    schema: webhook,
    atMs: ({ timestamp }) => timestamp,
    eventsOf: (data) => [...statusEvents(data), ...commentEvents(data)],
  });

/** Who moves an issue has it, ends it, or takes it up again: what is true already changes nothing. */
const statusEvents = ({ webhookEvent, issue, changelog, user }: Webhook): InboundEvent[] => {
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
    incidentId: null,
    externalId: issue.id,
    by: nameOf(user),
    action: { kind },
  }));
};

const commentEvents = ({ webhookEvent, issue, comment }: Webhook): InboundEvent[] => {
  if (webhookEvent !== 'comment_created' || !comment) return [];
  const text = cleanLines(textOf(comment.body), COMMENT_CHARS_MAX);
  if (text === '') return [];
  return [
    {
      id: `comment ${comment.id}`,
      incidentId: null,
      externalId: issue.id,
      by: nameOf(comment.author),
      action: { kind: 'comment', text },
    },
  ];
};

const nameOf = (who: z.infer<typeof person> | null | undefined): string =>
  cleanLine(who?.displayName || who?.name || who?.accountId || '', 100);

const node = z.looseObject({ text: z.string().nullish(), content: z.array(z.unknown()).nullish() });

/** Wiki text, or the texts of a document. */
const textOf = (body: unknown): string => {
  if (typeof body === 'string') return body;
  const { data } = node.safeParse(body);
  if (data === undefined) return '';
  return data.text ?? (data.content ?? []).map(textOf).join(' ');
};
