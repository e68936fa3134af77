import { cleanLine } from '../../shared/clean-text.ts';
import { usdText } from '../../shared/money.ts';
import type {
  Audience,
  KeyCapFacts,
  NewsFacts,
  Notice,
  ProjectCapFacts,
  UsageAnomalyFacts,
} from '../domain/notice.ts';

/** A mail before it has a form: who, what, how much, until when, what to do. */
export interface MailWords {
  readonly subject: string;
  readonly opening: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly advice: readonly string[];
  readonly link: string | null;
}

const SUBJECT_CHARS_MAX = 160;
const NAME_CHARS_MAX = 80;
const WHY_CHARS_MAX = 300;

/** One template an event and audience. Names are of whoever made the key, so that each is one bounded line. */
export const wordsOf = (facts: NewsFacts, notice: Notice, audience: Audience): MailWords => {
  const words = templateOf(facts, notice, audience);
  return { ...words, subject: cleanLine(words.subject, SUBJECT_CHARS_MAX) };
};

const templateOf = (facts: NewsFacts, notice: Notice, audience: Audience): MailWords => {
  switch (facts.type) {
    case 'key.cap_warned':
      return audience === 'user' ? warnedUser(facts, notice) : warned(facts);
    case 'key.cap_reached':
      return audience === 'user' ? stoppedUser(facts, notice) : reached(facts);
    case 'project.cap_warned':
      return projectWarned(facts);
    case 'project.cap_reached':
      return projectReached(facts);
    case 'key.usage_anomaly':
      return unusual(facts);
  }
};

const warned = (facts: KeyCapFacts): MailWords => ({
  subject: `Key “${nameOf(facts)}” has used ${shareOf(facts)} of its ${PERIODS[facts.period]} cap`,
  opening: `A key has crossed ${shareOf(facts)} of its cap. Its calls still pass.`,
  facts: operatorFacts(facts),
  advice: [
    `To give it more, raise max_spend_usd by PATCH /v1/keys/${facts.keyId}; the next call sees it.`,
    'To hear of other shares of its cap, change warn_at of the key.',
  ],
  link: null,
});

const warnedUser = (facts: KeyCapFacts, notice: Notice): MailWords => ({
  subject: `You have used ${shareOf(facts)} of your ${productOf(notice)}budget`,
  opening: `You have used ${shareOf(facts)} of what is yours ${SPANS[facts.period]}. Everything still works.`,
  facts: userFacts(facts),
  advice: ['When it is used up, requests stop until it starts again.'],
  link: notice.userLink,
});

const reached = (facts: KeyCapFacts): MailWords => ({
  subject: `Key “${nameOf(facts)}” has reached its ${PERIODS[facts.period]} cap`,
  opening:
    'A call was refused, because what is left of the cap does not afford it. Smaller calls may still pass.',
  facts: operatorFacts(facts),
  advice: [
    `To let it go on, raise max_spend_usd by PATCH /v1/keys/${facts.keyId}; the next call sees it.`,
    'Who reached a cap, and what they asked for, is in GET /v1/leads.',
  ],
  link: null,
});

const stoppedUser = (facts: KeyCapFacts, notice: Notice): MailWords => ({
  subject: `You have used up your ${productOf(notice)}budget`,
  opening: `You have used up what is yours ${SPANS[facts.period]}: a request was refused.`,
  facts: userFacts(facts),
  advice: ['A smaller request may still pass.'],
  link: notice.userLink,
});

const projectWarned = (facts: ProjectCapFacts): MailWords => ({
  subject: `The project has used ${shareOf(facts)} of its ${PERIODS[facts.period]} cap`,
  opening: `All keys of the project together have crossed ${shareOf(facts)} of its cap. Their calls still pass.`,
  facts: capFacts(facts),
  advice: [
    'To give it more, raise max_spend_usd by PATCH /v1/project/cap; the next call sees it.',
    'Who spends it is in GET /v1/usage?group_by=key.',
  ],
  link: null,
});

const projectReached = (facts: ProjectCapFacts): MailWords => ({
  subject: `The project has reached its ${PERIODS[facts.period]} cap`,
  opening:
    'A call was refused, because what is left of the project’s cap does not afford it. Smaller calls may still pass.',
  facts: capFacts(facts),
  advice: [
    'To let its keys go on, raise max_spend_usd by PATCH /v1/project/cap; the next call sees it.',
    'Who spends it is in GET /v1/usage?group_by=key.',
  ],
  link: null,
});

const unusual = (facts: UsageAnomalyFacts): MailWords => ({
  subject: `Key “${nameOf(facts)}” is used in an unusual way (${cleanLine(facts.kind, NAME_CHARS_MAX)})`,
  opening: cleanLine(facts.why, WHY_CHARS_MAX),
  facts: [...keyFacts(facts), { label: 'Hour', value: dateText(facts.hourMs) }],
  advice: [
    `What else was found is in GET /v1/anomalies/${encodeURIComponent(facts.anomalyId)}.`,
    `To stop the key, PATCH /v1/keys/${facts.keyId} with the status paused.`,
  ],
  link: null,
});

const PERIODS = { lifetime: 'lifetime', day: 'daily', week: 'weekly', month: 'monthly' } as const;
const SPANS = {
  lifetime: 'in total',
  day: 'today',
  week: 'this week',
  month: 'this month',
} as const;

const nameOf = ({ keyName, keyId }: KeyCapFacts | UsageAnomalyFacts): string =>
  cleanLine(keyName, NAME_CHARS_MAX) || keyId;

const productOf = ({ productName }: Notice): string =>
  productName === null ? '' : `${cleanLine(productName, NAME_CHARS_MAX)} `;

/** The share that was crossed; where none was, the one that is spent. */
const shareOf = ({ threshold, capMicros, spentMicros }: KeyCapFacts | ProjectCapFacts): string => {
  const share = threshold ?? (capMicros === 0 ? 1 : Math.min(1, spentMicros / capMicros));
  return `${Math.round(share * 1_000) / 10}%`;
};

const operatorFacts = (facts: KeyCapFacts): MailWords['facts'] => [
  ...keyFacts(facts),
  ...capFacts(facts),
];

const keyFacts = (facts: KeyCapFacts | UsageAnomalyFacts): MailWords['facts'] => [
  { label: 'Key', value: `${nameOf(facts)} (${facts.keyId})` },
  {
    label: 'User',
    value: facts.userId === null ? 'none' : cleanLine(facts.userId, NAME_CHARS_MAX),
  },
];

const capFacts = (facts: KeyCapFacts | ProjectCapFacts): MailWords['facts'] => [
  { label: 'Spent', value: `${usdText(facts.spentMicros)} of ${usdText(facts.capMicros)}` },
  { label: 'Starts again', value: resetText(facts) },
];

/** What a call costs is the operator's business: users are shown shares. */
const userFacts = (facts: KeyCapFacts): MailWords['facts'] => [
  { label: 'Used', value: shareOf(facts) },
  { label: 'Starts again', value: resetText(facts) },
];

/** Of windows that begin at midnight UTC: `Tue, 01 Dec 2026, 00:00 UTC`. */
const dateText = (atMs: number): string => {
  const [date = '', time = ''] = new Date(atMs).toUTCString().split(/ (?=\d\d:)/);
  return `${date}, ${time.slice(0, 5)} UTC`;
};

const resetText = ({ period, resetsAtMs }: KeyCapFacts | ProjectCapFacts): string => {
  if (resetsAtMs !== null) return dateText(resetsAtMs);
  return period === 'lifetime' ? 'never by itself' : 'it has since';
};
