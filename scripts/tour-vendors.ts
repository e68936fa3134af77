/** Slack, Jira and PagerDuty on this machine: the tour's tickets go there too, and are printed as people see them there. */
import * as z from 'zod';
import {
  JIRA_EMAIL,
  JIRA_TOKEN,
  startJiraStandIn,
  type JiraStandIn,
} from '../test/support/jira-stand-in.ts';
import { JIRA_PROJECT, type JiraIssue } from '../test/support/jira-issues.ts';
import {
  ROUTING_KEY,
  startPagerdutyStandIn,
  type PagerdutyAlert,
} from '../test/support/pagerduty-stand-in.ts';
import {
  BOT_TOKEN,
  CHANNEL,
  startSlackStandIn,
  type SlackMessage,
} from '../test/support/slack-stand-in.ts';

type Ask = (method: string, path: string, body?: object) => Promise<unknown>;

/** Puts a destination of each in; `end` takes them away again. */
export const vendorDesks = async (ask: Ask) => {
  const [slack, jira, pagerduty] = await Promise.all([
    startSlackStandIn(),
    startJiraStandIn('cloud'),
    startPagerdutyStandIn(),
  ]);
  const made = await Promise.all(
    [
      {
        kind: 'slack',
        settings: { channel: CHANNEL, url: slack.url },
        secrets: { bot_token: BOT_TOKEN, signing_secret: 'of-the-tour-and-nobody-else' },
      },
      {
        kind: 'jira',
        settings: { url: jira.url, project: JIRA_PROJECT },
        secrets: { email: JIRA_EMAIL, api_token: JIRA_TOKEN },
      },
      {
        kind: 'pagerduty',
        settings: { url: pagerduty.url },
        secrets: { routing_key: ROUTING_KEY },
      },
    ].map(
      async (desk) =>
        await ask('POST', '/v1/destinations', {
          ...desk,
          name: `tour of the SRE, ${desk.kind}`,
          routes: [{ environments: ['production'] }],
        }),
    ),
  );
  return {
    /** What is there now, as each of them shows it. */
    shown: (): string =>
      [
        ...slackLines(slack.messages),
        ...jira.issues.flatMap(jiraLines),
        ...pagerduty.alerts.flatMap(pagerdutyLines),
      ].join('\n'),
    /** Where it stands at each of them, in a line. */
    states: (): string => statesOf(slack.messages, jira, pagerduty.alerts).join('\n'),
    end: async (): Promise<void> => {
      for (const one of made) {
        const { id } = z.object({ id: z.string() }).parse(one);
        await ask('DELETE', `/v1/destinations/${id}`);
      }
      for (const vendor of [slack, jira, pagerduty]) vendor.stop();
    },
  };
};

const LINE_CHARS_MAX = 110;
const LINES_MAX = 20;

const framed = (title: string, lines: readonly string[]): readonly string[] => {
  const said = lines.filter((line) => line.trim() !== '');
  const shown = said.slice(0, LINES_MAX);
  const more = said.length - shown.length;
  return [
    `\n┌ ${title}`,
    ...shown.map((line) =>
      line.length > LINE_CHARS_MAX ? `│ ${line.slice(0, LINE_CHARS_MAX - 3)}...` : `│ ${line}`,
    ),
    more > 0 ? `└ and ${more} lines more` : '└',
  ];
};

const words = z.object({ text: z.string() });
const section = z.object({ type: z.literal('rich_text_section'), elements: z.array(words) });
const block = z.discriminatedUnion('type', [
  z.object({ type: z.literal('header'), text: words }),
  z.object({
    type: z.literal('rich_text'),
    elements: z.array(
      z.discriminatedUnion('type', [
        section,
        z.object({ type: z.literal('rich_text_list'), elements: z.array(section) }),
      ]),
    ),
  }),
  z.object({ type: z.literal('actions'), elements: z.array(z.object({ text: words })) }),
]);

const slackLines = (messages: readonly SlackMessage[]): readonly string[] =>
  messages
    .filter(({ thread_ts: thread }) => thread === undefined)
    .flatMap(({ ts, blocks }) => {
      const thread = messages.filter((message) => message.thread_ts === ts);
      return framed('Slack, the message in the channel and its thread', [
        ...z.array(block).parse(blocks).flatMap(blockLines),
        ...thread.map(({ text }) => `↳ ${text.replaceAll('\n', ' ')}`),
      ]);
    });

const blockLines = (one: z.infer<typeof block>): readonly string[] => {
  switch (one.type) {
    case 'header':
      return [one.text.text];
    case 'actions':
      return [one.elements.map(({ text }) => `[ ${text.text} ]`).join(' ')];
    case 'rich_text':
      return one.elements.flatMap((element) =>
        element.type === 'rich_text_section'
          ? textOf(element).split('\n')
          : element.elements.map((item) => `• ${textOf(item)}`),
      );
  }
};

const textOf = ({ elements }: z.infer<typeof section>): string =>
  elements.map(({ text }) => text).join('');

/** https://developer.atlassian.com/cloud/jira/platform/apis/document/structure */
const node = z.object({
  type: z.string(),
  text: z.string().default(''),
  get content() {
    return z.array(node).default([]);
  },
});
const fields = z.object({ summary: z.string(), description: node });

const jiraLines = ({ key, status, comments, ...issue }: JiraIssue): readonly string[] => {
  const { summary, description } = fields.parse(issue.fields);
  return framed(`Jira, ${key}, ${status}`, [
    summary,
    ...nodeText(description).split('\n'),
    ...z
      .array(node)
      .parse(comments)
      .map((comment) => `Comment: ${nodeText(comment).trim()}`),
  ]);
};

const nodeText = ({ type, text, content }: z.infer<typeof node>): string => {
  const inner = content.map(nodeText).join('');
  switch (type) {
    case 'text':
      return text;
    case 'hardBreak':
      return '\n';
    case 'listItem':
      return `• ${inner}`;
    case 'paragraph':
    case 'heading':
      return `${inner}\n`;
    default:
      return inner;
  }
};

const paged = z.object({
  payload: z.object({
    source: z.string(),
    custom_details: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  }),
});

const pagerdutyLines = ({ summary, severity, state, log }: PagerdutyAlert): readonly string[] => {
  const [first] = log;
  const { payload } = paged.parse(first);
  return framed(`PagerDuty, ${state}, ${severity}`, [
    summary,
    `Source: ${payload.source}`,
    ...Object.entries(payload.custom_details).flatMap(([name, value]) =>
      typeof value === 'string'
        ? [`${name}: ${value}`]
        : [`${name}:`, ...value.map((line) => `• ${line}`)],
    ),
  ]);
};

const statesOf = (
  messages: readonly SlackMessage[],
  { issues }: JiraStandIn,
  alerts: readonly PagerdutyAlert[],
): readonly string[] => [
  ...messages
    .filter(({ thread_ts: thread }) => thread === undefined)
    .map(({ text }) => `  Slack      ${text}`),
  ...issues.map(({ key, status }) => `  Jira       ${key} ${status}`),
  ...alerts.map(({ state, summary }) => `  PagerDuty  ${state}: ${summary}`),
];
