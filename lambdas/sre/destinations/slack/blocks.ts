import type { TicketRemediation } from '../../tickets/ticket.ts';
import { cleanLine, cut } from '../../../shared/clean-text.ts';
import type { TicketLine, TicketSection, TicketWords } from '../../tickets/words/ticket-words.ts';

/** https://docs.slack.dev/reference/block-kit/blocks */
const HEADER_CHARS_MAX = 150;
const ELEMENT_CHARS_MAX = 3_000;

interface RichText {
  readonly type: 'text';
  readonly text: string;
  readonly style?: { readonly bold?: true; readonly code?: true };
}
interface RichLink {
  readonly type: 'link';
  readonly url: string;
  readonly text: string;
}
type RichElement = RichText | RichLink;
interface RichSection {
  readonly type: 'rich_text_section';
  readonly elements: readonly RichElement[];
}
interface RichList {
  readonly type: 'rich_text_list';
  readonly style: 'bullet';
  readonly elements: readonly RichSection[];
}
interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji: boolean;
}
interface Button {
  readonly type: 'button';
  readonly action_id: string;
  readonly text: PlainText;
  readonly value?: string;
  readonly url?: string;
  readonly style?: 'primary' | 'danger';
  /** Asked before a click counts. */
  readonly confirm?: {
    readonly title: PlainText;
    readonly text: PlainText;
    readonly confirm: PlainText;
    readonly deny: PlainText;
  };
}
export type SlackBlock =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'rich_text'; readonly elements: readonly (RichSection | RichList)[] }
  | { readonly type: 'actions'; readonly elements: readonly Button[] };

/** What buttons do, as their clicks say it. */
export const BUTTONS = {
  acknowledge: 'sluice_acknowledge',
  resolve: 'sluice_resolve',
} as const;
/** They carry the step and the hash of what was read. */
export const APPROVE_BUTTON = 'sluice_approve';
export const REJECT_BUTTON = 'sluice_reject';

export interface BlockInput {
  readonly words: TicketWords;
  /** Before the title: how bad it is, or that it is over. */
  readonly mark: string;
  readonly incidentId: string;
  readonly buttons: readonly (keyof typeof BUTTONS)[];
  /** Steps that wait for a person, and may be approved here. */
  readonly approvals: readonly TicketRemediation[];
}

/**
 * A message as Block Kit. All that is not ours stands in `rich_text` or `plain_text`, which read no markup: a mention or
 * a link is an element there, so that a text can be neither.
 */
export const ticketBlocks = ({
  words,
  mark,
  incidentId,
  buttons,
  approvals,
}: BlockInput): SlackBlock[] => {
  const actions: Button[] = [
    ...buttons.map((name, index): Button => ({
      type: 'button',
      action_id: BUTTONS[name],
      text: plainText(LABELS[name]),
      value: incidentId,
      ...(index === 0 ? { style: 'primary' } : {}),
    })),
    ...approvals.flatMap(approvalButtons),
    ...words.links.map(({ text, url }, index): Button => ({
      type: 'button',
      action_id: `sluice_link_${index}`,
      text: plainText(text),
      url,
    })),
  ];
  return [
    { type: 'header', text: plainText(cut(`${mark} ${words.title}`, HEADER_CHARS_MAX)) },
    { type: 'rich_text', elements: [factsSection(words)] },
    ...words.sections.map(sectionBlock),
    ...(actions.length === 0 ? [] : [{ type: 'actions' as const, elements: actions }]),
  ];
};

const LABELS: Readonly<Record<keyof typeof BUTTONS, string>> = {
  acknowledge: 'Acknowledge',
  resolve: 'Resolve',
};

/** https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object */
const CONFIRM_CHARS_MAX = 300;
const BUTTON_CHARS_MAX = 75;

/** What does not fit into the question is not asked. */
const approvalButtons = (step: TicketRemediation): readonly Button[] => {
  const what = `${cleanLine(step.title, 60)}: ${step.sent ?? ''} is sent to ${step.target}, once.`;
  return what.length > CONFIRM_CHARS_MAX ? [] : decisionButtons(step, what);
};

const decisionButtons = (
  { id, title, planHash }: TicketRemediation,
  what: string,
): readonly Button[] => [
  {
    type: 'button',
    action_id: `${APPROVE_BUTTON}_${id}`,
    text: plainText(`Approve: ${cleanLine(title, BUTTON_CHARS_MAX - 20)}`),
    value: `${id} ${planHash}`,
    style: 'danger',
    confirm: {
      title: plainText('Do this now?'),
      text: plainText(what),
      confirm: plainText('Approve'),
      deny: plainText('Cancel'),
    },
  },
  {
    type: 'button',
    action_id: `${REJECT_BUTTON}_${id}`,
    text: plainText(`Reject: ${cleanLine(title, BUTTON_CHARS_MAX - 20)}`),
    value: id,
  },
];

const factsSection = ({ facts }: TicketWords): RichSection => ({
  type: 'rich_text_section',
  elements: facts.flatMap(({ label, value }, index): RichElement[] => [
    { type: 'text', text: `${index === 0 ? '' : '   '}${label}: `, style: { bold: true } },
    { type: 'text', text: value },
  ]),
});

const sectionBlock = ({ heading, kind, lines }: TicketSection): SlackBlock => ({
  type: 'rich_text',
  elements: [
    {
      type: 'rich_text_section',
      elements: [{ type: 'text', text: heading, style: { bold: true } }],
    },
    {
      type: 'rich_text_list',
      style: 'bullet',
      elements: lines.map((line) => lineSection(line, kind)),
    },
  ],
});

const lineSection = ({ text, url }: TicketLine, kind: TicketSection['kind']): RichSection => ({
  type: 'rich_text_section',
  elements: [
    {
      type: 'text',
      text: cut(text, ELEMENT_CHARS_MAX),
      ...(kind === 'code' ? { style: { code: true as const } } : {}),
    },
    ...(url === null
      ? []
      : [
          { type: 'text' as const, text: ' ' },
          { type: 'link' as const, url, text: 'show' },
        ]),
  ],
});

const plainText = (text: string): PlainText => ({ type: 'plain_text', text, emoji: false });

/** For the parts of a message that are read as markup: https://docs.slack.dev/messaging/formatting-message-text */
export const escapedText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
