/** What is read keeps its text in memory: of a longer one that would be much. */
const CHARS_MAX = 16_384;
/** An escape, or white space between two parts: V8's own reader takes what has one. */
const UNUSUAL = /[^\x20-\x5b\x5d-\uffff]/;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const LIST = 0x5b;
const LIST_END = 0x5d;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;

/**
 * What `JSON.parse` answers, for objects whose members come in another order each time, as the attributes of an item do.
 * V8 makes a class of objects for each order that it meets, and that takes three times as long as the reading. Here an
 * object of several members has no prototype, which V8 keeps as a table. Throws what `JSON.parse` throws.
 */
export const parseAnyOrder = (text: string): unknown => {
  if (text.length > CHARS_MAX || UNUSUAL.test(text)) return JSON.parse(text);
  try {
    return new Reader(text).whole();
  } catch {
    // Unusual, or no JSON: it is known there.
    return JSON.parse(text);
  }
};

class Reader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  whole(): unknown {
    const value = this.value();
    if (this.at !== this.text.length) throw new SyntaxError('more than one value');
    return value;
  }

  private value(): unknown {
    switch (this.text.charCodeAt(this.at)) {
      case QUOTE:
        return this.string();
      case OBJECT:
        return this.object();
      case LIST:
        return this.list();
      default:
        return this.word();
    }
  }

  private string(): string {
    const end = this.text.indexOf('"', this.at + 1);
    if (end === -1) throw new SyntaxError('a string without an end');
    const string = this.text.slice(this.at + 1, end);
    this.at = end + 1;
    return string;
  }

  private name(): string {
    if (this.text.charCodeAt(this.at) !== QUOTE) throw new SyntaxError('no name');
    const name = this.string();
    if (this.text.charCodeAt(this.at) !== COLON) throw new SyntaxError('no value');
    this.at += 1;
    return name;
  }

  private object(): object {
    this.at += 1;
    if (this.isNext(OBJECT_END)) return {};
    const name = this.name();
    const value = this.value();
    // Most are values of DynamoDB: their only member is named after their type.
    if (this.isNext(OBJECT_END)) return single(name, value);
    const members: Record<string, unknown> = Object.create(null);
    members[name] = value;
    do {
      if (!this.isNext(COMMA)) throw new SyntaxError('no further member');
      const further = this.name();
      members[further] = this.value();
    } while (!this.isNext(OBJECT_END));
    return members;
  }

  private list(): unknown[] {
    this.at += 1;
    if (this.isNext(LIST_END)) return [];
    const values = [this.value()];
    while (!this.isNext(LIST_END)) {
      if (!this.isNext(COMMA)) throw new SyntaxError('no further value');
      values.push(this.value());
    }
    return values;
  }

  private isNext(code: number): boolean {
    if (this.text.charCodeAt(this.at) !== code) return false;
    this.at += 1;
    return true;
  }

  /** A number, or a name of JSON's own. */
  private word(): unknown {
    const begin = this.at;
    let code = this.text.charCodeAt(this.at);
    while (code > SPACE && code !== COMMA && code !== LIST_END && code !== OBJECT_END)
      code = this.text.charCodeAt(++this.at);
    const word = this.text.slice(begin, this.at);
    return word === 'true' ? true : JSON.parse(word);
  }
}

const single = (name: string, value: unknown): object => {
  if (name === 'S') return { S: value };
  return name === 'N' ? { N: value } : { [name]: value };
};
