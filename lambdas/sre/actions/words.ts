import type { WireAnswer } from '../ports/destinations.ts';
import type { Outcome } from '../runbooks/remediation.ts';
import { cleanLine } from '../../shared/clean-text.ts';

const ANSWER_CHARS_MAX = 300;
/** A shorter one is in too many words by chance. */
const SECRET_CHARS_MIN = 6;

/** Makes what the other side says fit for a timeline: one line, masked, without what opens it. */
export type Shown = (text: string) => string;

export const shownWithout =
  (secrets: Readonly<Record<string, string>>, mask: (text: string) => string): Shown =>
  (text) => {
    const without = Object.values(secrets).reduce(
      (said, secret) =>
        secret.length >= SECRET_CHARS_MIN ? said.replaceAll(secret, '<secret>') : said,
      text,
    );
    return cleanLine(mask(without), ANSWER_CHARS_MAX);
  };

export const outcome = (
  state: Outcome['state'],
  result: string,
  url: string | null = null,
): Outcome => ({ state, result, url });

/** `It answered 200: text`. */
export const answeredWith = (status: number, said: string): string =>
  said === '' ? `It answered ${status}.` : `It answered ${status}: ${said}`;

/**
 * What an answer that is no success means for an action that nobody repeats. A refusal was not carried out. Behind a
 * 5xx or a lost answer it may have been: nobody knows.
 */
export const outcomeOfFailure = (answer: WireAnswer, shown: Shown): Outcome => {
  if (answer.kind === 'lost') return outcome('unknown', `No whole answer came: ${answer.reason}.`);
  if (answer.kind !== 'answered') return outcome('failed', `Nothing was sent: ${answer.reason}.`);
  const { status, text } = answer;
  if (status >= 300 && status < 400)
    return outcome('failed', `It answered ${status}, a redirection, which is not followed.`);
  return outcome(status >= 500 ? 'unknown' : 'failed', answeredWith(status, shown(text)));
};
