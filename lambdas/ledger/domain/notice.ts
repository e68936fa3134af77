import type { Period } from './key.ts';

/** What a notice may hear of, by the name that receivers see. */
export const NOTICE_EVENTS = [
  'key.cap_warned',
  'key.cap_reached',
  'project.cap_warned',
  'project.cap_reached',
  'key.usage_anomaly',
] as const;
export type NoticeEvent = (typeof NOTICE_EVENTS)[number];

export const NOTICE_KINDS = ['webhook', 'email'] as const;

export const NOTICE_LIMITS = {
  noticesMax: 10,
  /** Of addresses in one mail: https://docs.aws.amazon.com/ses/latest/dg/quotas.html */
  addressesMax: 50,
  mailsADayMax: 10_000,
} as const;
export const MAILS_A_DAY = 200;

/** Who is told of a project's spend, and how. What signs a webhook is kept outside of the tables. */
export interface Notice {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly kind: (typeof NOTICE_KINDS)[number];
  /** Of a webhook; '' of others. */
  readonly url: string;
  /** The operator's, of an e-mail. */
  readonly addresses: readonly string[];
  /** The field of a key's metadata that holds its user's own address; null: users get no mail. */
  readonly userAddressField: string | null;
  /** What users know the product by; null: no name is shown. */
  readonly productName: string | null;
  /** Where users are sent for more; null: nowhere. */
  readonly userLink: string | null;
  /** Addresses written to in a day (UTC). */
  readonly mailsADay: number;
  readonly events: readonly NoticeEvent[];
  /** Shares of a cap; null: each at which a key or a project warns. */
  readonly thresholds: readonly number[] | null;
  readonly isPaused: boolean;
  /** Rises with each change. */
  readonly revision: number;
  readonly createdMs: number;
  readonly updatedMs: number;
}

interface News {
  /** The same whoever reports it, and however often. */
  readonly id: string;
  readonly projectId: string;
  readonly atMs: number;
}

interface CapFigures {
  readonly window: string;
  /** The share of the cap that was crossed; null: none, the cap was reached. */
  readonly threshold: number | null;
  readonly capMicros: number;
  readonly spentMicros: number;
}

/** What became true of a key's cap. */
export interface KeyCapNews extends News, CapFigures {
  readonly type: 'key.cap_warned' | 'key.cap_reached';
  readonly keyId: string;
}

/** What became true of the cap of a whole project. */
export interface ProjectCapNews extends News, CapFigures {
  readonly type: 'project.cap_warned' | 'project.cap_reached';
  readonly period: Period;
}

/** What is unusual in an hour of a key. */
export interface UsageAnomalyNews extends News {
  readonly type: 'key.usage_anomaly';
  readonly keyId: string;
  readonly anomalyId: string;
  readonly kind: string;
  readonly severity: string;
  readonly why: string;
  readonly hourMs: number;
}

export type SpendNews = KeyCapNews | ProjectCapNews | UsageAnomalyNews;

/** Whose key it is. */
interface KeyFacts {
  readonly keyName: string;
  readonly userId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

interface PeriodFacts {
  readonly period: Period;
  /** null: the cap never starts again, or has since. */
  readonly resetsAtMs: number | null;
}

/** The same with what people want to know beside it. */
export type KeyCapFacts = KeyCapNews & KeyFacts & PeriodFacts;
export type ProjectCapFacts = ProjectCapNews & PeriodFacts;
export type UsageAnomalyFacts = UsageAnomalyNews & KeyFacts;
export type NewsFacts = KeyCapFacts | ProjectCapFacts | UsageAnomalyFacts;

/** Whom a mail is for: they know different things. */
export type Audience = 'operator' | 'user';

/** Is this notice for it? */
export const hears = (notice: Notice, news: SpendNews): boolean => {
  const threshold = 'threshold' in news ? news.threshold : null;
  return (
    !notice.isPaused &&
    notice.events.includes(news.type) &&
    (threshold === null || notice.thresholds === null || notice.thresholds.includes(threshold))
  );
};

/** Why no more mails of a notice go out today, and how many addresses were not written to. */
export const noMailsLeft = ({ mailsADay }: Notice, left: number): string =>
  `the ${mailsADay} mails of a day (UTC) are sent: ${left} left out`;

/** Health of a notice, for whoever set it. */
export interface NoticeHealth {
  readonly lastSentMs: number | null;
  /** The latest failure; null: none since what was sent last. */
  readonly problem: string | null;
  readonly problemMs: number | null;
  /** Mails that the bound of a day left out, since ever. */
  readonly leftOut: number;
}
export const NO_HEALTH: NoticeHealth = {
  lastSentMs: null,
  problem: null,
  problemMs: null,
  leftOut: 0,
};
