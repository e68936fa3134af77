import { DIGIT, isKind, LOCAL, STOP, TOKEN, WORD } from './characters.ts';
import { hasIbanCheck, ibanLength, isCardNumber } from './check-digits.ts';
import { sensitivityOf } from './sensitive-keys.ts';

/** Characters that rules have read. */
export interface Work {
  steps: number;
}

export interface Found {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

const codeAt = (text: string, index: number): number => text.charCodeAt(index);

/** The first place from `index` on that is not of this kind. */
export const runEnd = (text: string, index: number, kind: number, work: Work): number => {
  let end = index;
  while (end < text.length && isKind(codeAt(text, end), kind)) end += 1;
  work.steps += end - index + 1;
  return end;
};

/** Of 19 digits in five groups. */
const CARD_CHARS_MAX = 23;

/** A card's number in one, or in the groups that are printed on it; the longest first. */
const CARDS: readonly RegExp[] = [
  /^\d{12,19}(?!\d)/,
  /^\d{4}([ -])\d{4}\1\d{4}\1\d{4}\1\d{3}(?!\d)/,
  /^\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?!\d)/,
  /^\d{4}([ -])\d{6}\1\d{4,5}(?!\d)/,
];

/** Schemes begin with 2 to 6: most numbers fail here. */
export const mayBeCard = (first: number): boolean => first >= DIGIT_2 && first <= DIGIT_6;

/** A card's number that begins here, at the start of a run. */
export const cardAt = (text: string, start: number, work: Work): Found | null => {
  // The fourth place is a digit, and eight more follow: most others fail here.
  if (!mayBeCard(codeAt(text, start))) return null;
  if (!isKind(codeAt(text, start + 3), DIGIT) || !isCardPart(text, start + 10)) return null;
  let end = start;
  while (end < text.length && end - start < CARD_CHARS_MAX && isCardPart(text, end)) end += 1;
  work.steps += end - start + 1;
  if (end - start < 12 || codeAt(text, start - 1) === DOT) return null;
  // One more character says whether the digits continue.
  const shown = text.slice(start, end + 1);
  for (const pattern of CARDS) {
    const [found] = pattern.exec(shown) ?? [];
    if (found === undefined || goesOn(text, start + found.length)) continue;
    if (isCardNumber(found)) return { start, end: start + found.length, replacement: '<card>' };
  }
  return null;
};

const [DIGIT_2, DIGIT_6] = [0x32, 0x36];
const [SPACE, DASH, DOT, SLASH, AT] = [0x20, 0x2d, 0x2e, 0x2f, 0x40];

/** A digit, or one separator between two. */
const isCardPart = (text: string, index: number): boolean => {
  const code = codeAt(text, index);
  if (isKind(code, DIGIT)) return true;
  return (code === SPACE || code === DASH) && isKind(codeAt(text, index + 1), DIGIT);
};

/** A word or a fraction continues; a dash or a dot may end a sentence. */
const goesOn = (text: string, end: number): boolean => {
  const after = codeAt(text, end);
  if (after === DASH || after === DOT) return isKind(codeAt(text, end + 1), DIGIT);
  return isKind(after, WORD);
};

/** Whole, or in groups of four; the country says how long one is. */
export const ibanAt = (text: string, start: number, work: Work): Found | null => {
  if (!isKind(codeAt(text, start + 2), DIGIT) || codeAt(text, start) > LAST_CAPITAL) return null;
  const chars = ibanLength(text.slice(start, start + 2));
  if (chars === undefined) return null;
  let [letters, index] = [0, start];
  while (letters < chars && index < text.length) {
    const code = codeAt(text, index);
    if (isIbanPart(code)) letters += 1;
    else if (code !== SPACE || letters % 4 !== 0) break;
    index += 1;
  }
  work.steps += index - start;
  if (letters !== chars || isKind(codeAt(text, index), WORD)) return null;
  if (!hasIbanCheck(text.slice(start, index).replaceAll(' ', ''))) return null;
  return { start, end: index, replacement: '<iban>' };
};

/** A digit or a capital. */
const isIbanPart = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= LAST_CAPITAL);

/** By the prefix that its maker gives it. Each run is read once. */
const TOKENS =
  /(?:sk-(?:ant-|proj-|svcacct-)?|[sr]k_(?:live|test)_|slk_(?:live|test)_|whsec_|gh[opusr]_|github_pat_|gl(?:pat|rt|dt|soat)-|xox[abeoprs]-|xapp-|npm_|hf_|pypi-|dop_v1_|doo_v1_|dckr_pat_|lin_api_|lsv2_[ps]t_|GOCSPX-|shp(?:at|ca|pa|ss)_|rubygems_|tskey-[a-z]{3,10}-|pat-[a-z]{2}\d-|AGE-SECRET-KEY-|PMAK-|NRAK-|sntrys_|figd_|glsa_|r8_|gsk_|xai-|pplx-|tvly-|fo1_|FlyV1)[\w-]{16,}|A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}$|AIza[\w-]{35}$|AC[0-9a-f]{32}$|SK[0-9a-f]{32}$/y;

/** With dots in it: they end the run, not the token. */
const DOTTED = /(?:SG|ya29|hv[sbr]|EZAK|v1\.public)\.[\w.-]{20,}/y;
const JWT = /eyJ[\w-]{6,}\.[\w-]{2,}(?:\.[\w-]*){1,3}/y;

export const tokenAt = (text: string, start: number, end: number, work: Work): Found | null => {
  if (text.startsWith('eyJ', start)) return matched(text, JWT, start, '<jwt>', work);
  if (end - start < 20) return null;
  const run = text.slice(start, end);
  work.steps += run.length;
  TOKENS.lastIndex = 0;
  return TOKENS.test(run) ? { start, end, replacement: '<secret>' } : null;
};

const matched = (
  text: string,
  pattern: RegExp,
  start: number,
  replacement: string,
  work: Work,
): Found | null => {
  pattern.lastIndex = start;
  const [match] = pattern.exec(text) ?? [];
  work.steps += match?.length ?? 1;
  return match === undefined ? null : { start, end: start + match.length, replacement };
};

/** After `Bearer ` or `Basic `; and a token that begins before a dot. */
export const credentialAt = (
  text: string,
  start: number,
  end: number,
  work: Work,
): Found | null => {
  if (codeAt(text, end) === DOT && end - start <= 4 && DOTTED_HEADS.has(text.slice(start, end)))
    return matched(text, DOTTED, start, '<secret>', work);
  // The last letter of either scheme, then a space: most words fail here.
  if (codeAt(text, start - 1) !== SPACE || !SCHEME_ENDS.has(codeAt(text, start - 2))) return null;
  const scheme = text.slice(Math.max(0, start - 7), start).toLowerCase();
  if (!scheme.endsWith('bearer ') && !scheme.endsWith('basic ')) return null;
  const stop = runEnd(text, start, TOKEN, work);
  const isSecret = stop - start >= 16 || (stop - start >= 8 && /\d/.test(text.slice(start, stop)));
  return isSecret ? { start, end: stop, replacement: '<secret>' } : null;
};

const SCHEME_ENDS = new Set([0x72, 0x52, 0x63, 0x43]);
const LAST_CAPITAL = 0x5a;
const DOTTED_HEADS = new Set(['SG', 'ya29', 'hvs', 'hvb', 'hvr', 'EZAK']);

/** `--password hunter2`, and `"--password","hunter2"` of a list. */
export const flagValueAt = (text: string, start: number, end: number, work: Work): Found | null => {
  if (codeAt(text, start) !== DASH || sensitivityOf(text.slice(start, end)) !== 'strong')
    return null;
  let from = end;
  while (from < end + 4 && GAPS.has(codeAt(text, from))) from += 1;
  if (from === end) return null;
  const stop = valueEnd(text, from, work);
  if (stop === from || codeAt(text, from) === DASH) return null;
  return { start: from, end: stop, replacement: '<secret>' };
};

/** Space, quotes, and what separates items of a list. */
const GAPS = new Set([SPACE, 0x22, 0x27, 0x2c, 0x5c]);

/** Of a value without quotes. */
export const valueEnd = (text: string, start: number, work: Work): number => {
  let end = start;
  while (end < text.length && (!isKind(codeAt(text, end), STOP) || isPartOf(text, end))) end += 1;
  work.steps += end - start + 1;
  return end;
};

/** `password=a,b,c`: what separates values does not when neither a space nor another name follows. */
const isPartOf = (text: string, index: number): boolean => {
  const code = codeAt(text, index);
  if (code !== 0x2c && code !== 0x3b && code !== 0x26) return false;
  NEXT.lastIndex = index + 1;
  return NEXT.test(text);
};

const NEXT = /(?![\w.-]{1,40}\s?[=:])[^\s"'`<>()[\]{}|]/y;

/** From its first line to its last, or to the end of a text that was cut. */
export const privateKeyAt = (text: string, start: number, work: Work): Found | null => {
  if (!text.startsWith('-----BEGIN', start)) return null;
  BEGIN.lastIndex = start;
  if (!BEGIN.test(text)) return null;
  const last = text.indexOf('-----END', start);
  const close = last === -1 ? -1 : text.indexOf('-----', last + 8);
  const end = close === -1 ? text.length : close + 5;
  work.steps += end - start;
  return { start, end, replacement: '<private-key>' };
};

const BEGIN = /-----BEGIN [A-Z\d ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;

const LOCAL_CHARS_MAX = 64;
const DOMAIN = /(?:[A-Za-z\d](?:[A-Za-z\d-]{0,62})\.){1,8}([A-Za-z]{2,24})(?![\w-])/y;
/** Of names like `getty@tty1.service` and `icon@2x.png`. */
const NO_DOMAINS = new Set(
  'service socket timer mount target slice scope path device swap png jpg gif svg js ts mjs cjs rb java class jar'.split(
    ' ',
  ),
);

export const emailAt = (text: string, at: number, taken: number, work: Work): Found | null => {
  let start = at;
  const limit = Math.max(taken, at - LOCAL_CHARS_MAX);
  while (start > limit && isKind(codeAt(text, start - 1), LOCAL)) start -= 1;
  work.steps += at - start + 1;
  // A name of more than 64 characters is none (RFC 5321, 4.5.3.1.1).
  if (start === at || (start > taken && isKind(codeAt(text, start - 1), LOCAL))) return null;
  const found = matched(text, DOMAIN, at + 1, '<email>', work);
  if (found === null) return null;
  const domain = text.slice(found.start, found.end);
  if (NO_DOMAINS.has(domain.slice(domain.lastIndexOf('.') + 1).toLowerCase())) return null;
  return { ...found, start };
};

const USER_INFO_CHARS_MAX = 256;

/** `postgres://user:password@host`: user and password. */
export const userInfoAt = (text: string, at: number, taken: number, work: Work): Found | null => {
  let start = at;
  let hasColon = false;
  const limit = Math.max(taken, at - USER_INFO_CHARS_MAX);
  while (start > limit) {
    const code = codeAt(text, start - 1);
    if (code === SLASH || code === AT || isKind(code, STOP)) break;
    if (code === 0x3a) hasColon = true;
    start -= 1;
  }
  work.steps += at - start + 1;
  if (!hasColon || !text.startsWith('://', start - 3)) return null;
  return { start, end: lastAt(text, at, work), replacement: '<secret>' };
};

/** A password may have an `@` of its own: the last one before the path ends it. */
const lastAt = (text: string, at: number, work: Work): number => {
  let [last, end] = [at, at + 1];
  const limit = Math.min(text.length, at + USER_INFO_CHARS_MAX);
  while (end < limit && codeAt(text, end) !== SLASH && !isKind(codeAt(text, end), STOP)) {
    if (codeAt(text, end) === AT) last = end;
    end += 1;
  }
  work.steps += end - at;
  return last;
};
