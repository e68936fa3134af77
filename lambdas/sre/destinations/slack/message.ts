import type { Ticket } from '../../tickets/ticket.ts';
import { cleanLine, cut, unlinked } from '../../../shared/clean-text.ts';
import { BAND_WORDS, STATE_WORDS, ticketWords } from '../../tickets/words/ticket-words.ts';
import { BUTTONS, escapedText, ticketBlocks, type SlackBlock } from './blocks.ts';

/** Metadata that only an app reads: https://docs.slack.dev/messaging/message-metadata */
export const INCIDENT_EVENT = 'sluice_incident';
export const REPLY_EVENT = 'sluice_reply';
export const EXTRA_EVENT = 'sluice_extra';

export interface SlackMessage {
  readonly channel: string;
  /** What a notification shows. */
  readonly text: string;
  readonly blocks?: readonly SlackBlock[];
  readonly metadata: {
    readonly event_type: string;
    readonly event_payload: Readonly<Record<string, string>>;
  };
  readonly parse: 'none';
  readonly link_names: false;
}

const CIRCLES = { critical: '🔴', high: '🟠', medium: '🟡', low: '🔵' } as const;

/** The message of an incident. `said`: what its thread need not say any more. */
export const ticketMessage = (
  channel: string,
  ticket: Ticket,
  { hasButtons, hasApprovals }: { readonly hasButtons: boolean; readonly hasApprovals: boolean },
  said: string,
): SlackMessage => {
  const words = ticketWords(ticket);
  const mark = ticket.state === 'resolved' ? '✅' : CIRCLES[ticket.band];
  return {
    channel,
    text: fallback(`${mark} ${BAND_WORDS[ticket.band]}: ${words.title}`),
    blocks: ticketBlocks({
      words,
      mark,
      incidentId: ticket.incidentId,
      buttons: hasButtons ? buttonsOf(ticket) : [],
      approvals: hasApprovals ? words.approvals : [],
    }),
    metadata: {
      event_type: INCIDENT_EVENT,
      event_payload: { incident_id: ticket.incidentId, said },
    },
    parse: 'none',
    link_names: false,
  };
};

/** Something new, as a line of the thread. */
export const replyMessage = (
  channel: string,
  text: string,
  payload: Readonly<Record<string, string>>,
): SlackMessage => ({
  channel,
  text: fallback(text),
  metadata: { event_type: REPLY_EVENT, event_payload: payload },
  parse: 'none',
  link_names: false,
});

/** What the thread of a ticket should have said by now: a mark, which is said once, and its words. */
export const newsOf = (
  ticket: Ticket,
): readonly { readonly mark: string; readonly text: string }[] => {
  const who = ticket.acknowledgedBy === null ? '' : ` by ${cleanLine(ticket.acknowledgedBy, 60)}`;
  const state = STATE_WORDS[ticket.state];
  const cause = cleanLine(ticket.cause?.suspect.source.service ?? '', 60);
  return [
    {
      mark: `state ${ticket.generation} ${ticket.state}`,
      text:
        ticket.state === 'identified'
          ? 'It is back.'
          : `${state}${ticket.state === 'acknowledged' ? who : ''}.`,
    },
    { mark: `band ${ticket.band}`, text: `Severity is now ${BAND_WORDS[ticket.band]}.` },
    ...(ticket.diagnosis === null
      ? []
      : [{ mark: 'diagnosis', text: 'A model says what the cause may be.' }]),
    ...(cause === '' ? [] : [{ mark: `cause ${cause}`, text: `Likely cause: ${cause}.` }]),
  ];
};

const buttonsOf = ({ state }: Ticket): readonly (keyof typeof BUTTONS)[] => {
  if (state === 'resolved') return [];
  return state === 'identified' ? ['acknowledge', 'resolve'] : ['resolve'];
};

const fallback = (text: string): string => escapedText(unlinked(cut(text, 300)));
