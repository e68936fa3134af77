/** Beyond it a text is not made from a pattern. */
const PATTERN_CHARS_MAX = 1_000;
const REPEATS_MAX = 64;
const TEXT_CHARS_MAX = 4_096;
const CHARACTERS = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
/** Letters and digits first: they are what most classes have. */
const CANDIDATES = ['a', 'A', '0', '1', 'b', '-', '_', ' ', ...CHARACTERS, '\n', 'é', '日', '🙂'];

/** A short text that matches, with a length between the two; null: none was found. */
export const matchOf = (source: string, least: number, most: number): string | null => {
  const pattern = patternOf(source);
  if (pattern === null) return null;
  for (let extra = 0; extra <= REPEATS_MAX; extra++) {
    const { text } = alternatives({ source, at: 0, extra });
    const { length } = Array.from(text);
    if (length >= least && length <= most && pattern.test(text)) return text;
  }
  return null;
};

export const patternOf = (source: string): RegExp | null => {
  if (source.length > PATTERN_CHARS_MAX) return null;
  try {
    return new RegExp(source, 'u');
  } catch {
    return null;
  }
};

/** Where a pattern is read, and how often more than it must a repeated part stands. */
interface Place {
  readonly source: string;
  readonly at: number;
  readonly extra: number;
}
interface Made {
  readonly text: string;
  /** After what was read. */
  readonly at: number;
}

/** Of several alternatives the first one. */
const alternatives = (place: Place): Made => {
  const { source, extra } = place;
  const first = sequence(place);
  let { at } = first;
  while (source[at] === '|') ({ at } = sequence({ source, at: at + 1, extra }));
  return { text: first.text, at };
};

const sequence = ({ source, at: from, extra }: Place): Made => {
  let at = from;
  let text = '';
  while (at < source.length && source[at] !== '|' && source[at] !== ')') {
    const atom = atomAt({ source, at, extra });
    const repeat = repeatAt(source, atom.at, extra);
    text = `${text}${atom.text.repeat(repeat.count)}`.slice(0, TEXT_CHARS_MAX);
    ({ at } = repeat);
  }
  return { text, at };
};

const atomAt = ({ source, at, extra }: Place): Made => {
  const rest = source.slice(at);
  const [anchor = ''] = /^(?:\^|\$|\\b|\\B)/.exec(rest) ?? [];
  if (anchor !== '') return { text: '', at: at + anchor.length };
  const [look = ''] = /^\(\?<?[=!]/.exec(rest) ?? [];
  const [group = ''] = /^\((?:\?:|\?<\w+>)?/.exec(rest) ?? [];
  if (look !== '' || group !== '') {
    const inside = alternatives({ source, at: at + (look || group).length, extra });
    // What a look around asks for is checked at the end.
    return { text: look === '' ? inside.text : '', at: inside.at + 1 };
  }
  const [one = ''] =
    /^(?:\[(?:\\.|[^\]\\])*\]|\\u\{[^}]*\}|\\u[\da-f]{4}|\\x[\da-f]{2}|\\p\{[^}]*\}|\\.|[\s\S])/iu.exec(
      rest,
    ) ?? [];
  return { text: characterOf(one), at: at + Math.max(1, one.length) };
};

const characterOf = (atom: string): string => {
  const pattern = patternOf(`^${atom}$`);
  return CANDIDATES.find((candidate) => pattern?.test(candidate)) ?? atom;
};

const repeatAt = (source: string, at: number, extra: number): { count: number; at: number } => {
  const found = /^(?:([*+?])|\{(\d+)(,(\d*))?\})\??/.exec(source.slice(at));
  if (found === null) return { count: 1, at };
  const [whole, sign, low, comma, high] = found;
  const least = sign === undefined ? Number(low) : sign === '+' ? 1 : 0;
  const most =
    sign === '?' ? 1 : sign !== undefined || high === '' ? Infinity : Number(comma ? high : low);
  return {
    count: Math.min(least + extra, most, Math.max(least, REPEATS_MAX)),
    at: at + whole.length,
  };
};
