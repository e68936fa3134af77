import type { Audience, Notice, NoticeHealth } from '../domain/notice.ts';

/** Who changes a setting, for its record. */
export interface NoticeEditor {
  readonly byKeyId: string;
  readonly nowMs: number;
}

/** A project's notices, each change with its record. Throws AppError `storage_unavailable`. */
export interface NoticeBook {
  list(projectId: string): Promise<readonly Notice[]>;
  /** false: the project has as many as it may. */
  create(notice: Notice, editor: NoticeEditor): Promise<boolean>;
  /** null: it is not there. `change` is run again when another change was faster. */
  change(
    projectId: string,
    id: string,
    change: (before: Notice) => Notice,
    editor: NoticeEditor,
  ): Promise<Notice | null>;
  remove(projectId: string, id: string, editor: NoticeEditor): Promise<boolean>;
}

/** What signs webhooks, outside of the tables: written by people, read by what sends. */
export interface NoticeSecrets {
  /** As it is in this revision; '': there is none. */
  read(notice: Pick<Notice, 'id' | 'revision'>): Promise<string>;
  write(id: string, secret: string): Promise<void>;
  remove(id: string): Promise<void>;
}

/** One sending: of one event, by one notice, to one audience. */
export interface Sending {
  readonly noticeId: string;
  readonly newsId: string;
  readonly audience: Audience;
}

export type ClaimOutcome =
  /** It is this caller's until `untilMs`. `counted`: so many mails an earlier try took out of the day's bound; null: none did. */
  | { readonly kind: 'claimed'; readonly claim: Claim; readonly counted: number | null }
  /** It was sent, refused for good, or left out. */
  | { readonly kind: 'ended' }
  /** Somebody else is at it. */
  | { readonly kind: 'pending' };

export interface Claim {
  readonly sending: Sending;
  readonly token: string;
  readonly untilMs: number;
  /** Claims so far, this one included. */
  readonly tries: number;
}

/** Which sendings there were: one item each. Throws AppError `storage_unavailable`. */
export interface SendingMarks {
  claim(sending: Sending, nowMs: number): Promise<ClaimOutcome>;
  /** For good: it was sent, or never will be. What was sent is sent, whoever holds the claim by now. */
  end(claim: Claim, nowMs: number): Promise<void>;
  /** For another try at once, of so many mails; null: it sends none. */
  free(claim: Claim, counted: number | null): Promise<void>;
}

export interface NoticeHealthBook {
  read(noticeId: string): Promise<NoticeHealth>;
  sent(noticeId: string, nowMs: number): Promise<void>;
  failed(noticeId: string, problem: string, nowMs: number): Promise<void>;
  leftOut(noticeId: string, mails: number, problem: string, nowMs: number): Promise<void>;
}

/** Mails of a notice in a day. */
export interface NoticeMailBudget {
  /** Counts as many of them as are not more than `max` in all, and answers how many. */
  take(noticeId: string, mails: number, nowMs: number, max: number): Promise<number>;
}

/** What came of one sending. */
export type Sent =
  | { readonly kind: 'sent' }
  /** It was not sent, or nobody knows: it is sent again. */
  | { readonly kind: 'again'; readonly reason: string }
  /** It was not sent, and the same again would not be. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface NoticePost {
  readonly url: string;
  readonly secret: string;
  readonly body: string;
}

export interface NoticeMail {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Mails of one key and window are shown as one conversation. */
  readonly conversation: string;
}

/** Both repeat what may help within `untilMs`, and never throw. */
export interface NoticeSenders {
  post(post: NoticePost, untilMs: number): Promise<Sent>;
  mail(mail: NoticeMail, untilMs: number): Promise<Sent>;
}
