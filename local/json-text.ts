/** A part of a JSON text: as it stands there, unless it is an object whose members may come in another order, or holds one. */
type Part = string | ObjectText | readonly Part[];

/**
 * An object of a JSON text whose members are read when somebody asks for them. An engine writes the attributes of an item
 * in another order each time: `JSON.parse` makes a class of objects for each order, which takes four times as long as to
 * read the text, and so does whoever reads it next. `inOrder` is the same object in an order that stays.
 */
export class ObjectText {
  /** By their names in JSON without the first quote; text: the member, name and all, without the first quote. */
  private readonly members: readonly Member[];

  constructor(members: readonly Member[]) {
    this.members = members;
  }

  /** As `JSON.parse` has it, but for objects, which may be an ObjectText; undefined: there is none. */
  member(name: string): unknown {
    const start = startOf(name);
    const found = this.members.findLast((member) => isAt(start, member));
    if (found === undefined) return undefined;
    return typeof found === 'string' ? JSON.parse(found.slice(start.length)) : valueOf(found.part);
  }

  /** The same with these members, whose values are JSON texts or of this kind, in place of those of their names. */
  with(values: Readonly<Record<string, string | ObjectText>>): ObjectText {
    const own = Object.entries(values).map(([name, part]) => ({ start: startOf(name), part }));
    const kept = this.members.filter((member) => !own.some(({ start }) => isAt(start, member)));
    return new ObjectText([...kept, ...own]);
  }

  /** Its JSON; members in the order of their names. */
  inOrder(): string {
    const texts = this.members.map((member) =>
      typeof member === 'string' ? member : `${member.start}${textOf(member.part)}`,
    );
    return texts.length === 0 ? '{}' : `{"${texts.toSorted().join(',"')}}`;
  }
}

type Member = string | { readonly start: string; readonly part: Part };

const startOf = (name: string): string => `${JSON.stringify(name).slice(1)}:`;

const isAt = (start: string, member: Member): boolean =>
  typeof member === 'string' ? member.startsWith(start) : member.start === start;

const textOf = (part: Part): string => {
  if (typeof part === 'string') return part;
  return part instanceof ObjectText ? part.inOrder() : `[${part.map(textOf).join(',')}]`;
};

const valueOf = (part: Part): unknown => {
  if (typeof part === 'string') return JSON.parse(part);
  return part instanceof ObjectText ? part : part.map(valueOf);
};

/** Throws what `JSON.parse` throws, and a TypeError when it is no object. */
export const objectText = (text: string): ObjectText => {
  const part = read(text);
  if (part instanceof ObjectText) return part;
  if (typeof part === 'string' && part.startsWith('{'))
    return new ObjectText(part === '{}' ? [] : [part.slice(2, -1)]);
  throw new TypeError('no object');
};

const read = (text: string): Part => {
  try {
    return new Reader(text).whole();
  } catch {
    // With white space between its parts, or no JSON.
    return new Reader(JSON.stringify(JSON.parse(text))).whole();
  }
};

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const LIST = 0x5b;
const BACKSLASH = 0x5c;
const LIST_END = 0x5d;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;

class Reader {
  private readonly text: string;
  private readonly hasEscapes: boolean;
  private at = 0;

  constructor(text: string) {
    this.text = text;
    this.hasEscapes = text.includes('\\');
  }

  whole(): Part {
    const part = this.part();
    if (this.at !== this.text.length) throw new SyntaxError('more than one value');
    return part;
  }

  private part(): Part {
    const begin = this.at;
    switch (this.text.charCodeAt(begin)) {
      case QUOTE:
        this.passString();
        break;
      case OBJECT:
        return this.object();
      case LIST:
        return this.list();
      default:
        this.passWord();
    }
    return this.text.slice(begin, this.at);
  }

  /** Text, when it has one member at most that is text itself: most are values of DynamoDB by the name of their type. */
  private object(): Part {
    const begin = this.at;
    this.at += 1;
    if (this.isNext(OBJECT_END)) return '{}';
    const first = this.memberOf();
    if (this.isNext(OBJECT_END))
      return typeof first === 'string' ? this.text.slice(begin, this.at) : new ObjectText([first]);
    const members = [first];
    do {
      this.expect(COMMA);
      members.push(this.memberOf());
    } while (!this.isNext(OBJECT_END));
    return new ObjectText(members);
  }

  private memberOf(): Member {
    const begin = this.at;
    this.passString();
    const isEscaped = this.hasEscapes && this.text.slice(begin, this.at).includes('\\');
    this.expect(COLON);
    const start = this.at;
    const part = this.part();
    if (isEscaped) return { start: startOf(JSON.parse(this.text.slice(begin, start - 1))), part };
    if (typeof part === 'string') return this.text.slice(begin + 1, this.at);
    return { start: this.text.slice(begin + 1, start), part };
  }

  private list(): Part {
    const begin = this.at;
    this.at += 1;
    if (this.isNext(LIST_END)) return '[]';
    const parts = [this.part()];
    while (!this.isNext(LIST_END)) {
      this.expect(COMMA);
      parts.push(this.part());
    }
    return parts.every((part) => typeof part === 'string')
      ? this.text.slice(begin, this.at)
      : parts;
  }

  private passString(): void {
    if (this.text.charCodeAt(this.at) !== QUOTE) throw new SyntaxError('no string');
    let end = this.at;
    do {
      end = this.text.indexOf('"', end + 1);
      if (end === -1) throw new SyntaxError('a string without an end');
    } while (this.hasEscapes && this.isEscaped(end));
    this.at = end + 1;
  }

  /** By an odd number of backslashes before it. */
  private isEscaped(at: number): boolean {
    let before = at;
    while (this.text.charCodeAt(before - 1) === BACKSLASH) before -= 1;
    return (at - before) % 2 === 1;
  }

  private passWord(): void {
    const begin = this.at;
    let code = this.text.charCodeAt(this.at);
    while (code > SPACE && code !== COMMA && code !== LIST_END && code !== OBJECT_END)
      code = this.text.charCodeAt(++this.at);
    JSON.parse(this.text.slice(begin, this.at));
  }

  private isNext(code: number): boolean {
    if (this.text.charCodeAt(this.at) !== code) return false;
    this.at += 1;
    return true;
  }

  private expect(code: number): void {
    if (!this.isNext(code)) throw new SyntaxError(`no ${String.fromCharCode(code)}`);
  }
}
