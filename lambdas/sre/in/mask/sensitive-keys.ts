/** Names whose value is a secret, whatever it looks like. Matched at the end of a name: `db.password`, `AWS_SECRET_ACCESS_KEY`. */
const STRONG =
  /(?:pass(?:word|wd|phrase|code)|pwd|secret|(?:api|access|account|private|secret|shared|signing|encryption|master|auth)[_.-]?key|authorization|client[_.-]?secret|connection[_.-]?string)$/i;

/** Names whose value is one when it looks so: `token: expected ;` is a message. */
const WEAK =
  /(?:^|[_.-]|access|refresh|identity|csrf|xsrf|device|session|bot|push|user|id|j|php)(?:token|auth|credentials?|cookies?|sess(?:ion)?(?:[_.-]?id)?|sid|signature|sig|pass|jwt|bearer)$/i;

const ENDINGS_SIZE = 32_768;

/** Three characters as an index, without their case; some others share it, and are looked at more closely. */
const packed = (first: number, second: number, third: number): number =>
  ((first & 31) << 10) | ((second & 31) << 5) | (third & 31);

/** The last three characters of the names above: most names fail here. */
const ENDINGS = new Uint8Array(ENDINGS_SIZE);
for (const ending of 'ord swd ase ode pwd ret key ion ing ken uth ial als kie ies nid sid ure sig ass jwt rer _id -id .id'.split(
  ' ',
))
  ENDINGS[packed(ending.charCodeAt(0), ending.charCodeAt(1), ending.charCodeAt(2))] = 1;

export type Sensitivity = 'none' | 'weak' | 'strong';

/** Whether the name that ends here may be one of them: a look at three characters. */
export const mayBeSensitive = (text: string, end: number): boolean =>
  end >= 3 &&
  ENDINGS[packed(text.charCodeAt(end - 3), text.charCodeAt(end - 2), text.charCodeAt(end - 1))] ===
    1;

/** The same of the bytes of a text: what is not ASCII is in no such name. */
export const mayEndSensitive = (bytes: Uint8Array, end: number): boolean =>
  end >= 3 && ENDINGS[packed(bytes[end - 3] ?? 0, bytes[end - 2] ?? 0, bytes[end - 1] ?? 0)] === 1;

export const sensitivityOf = (name: string): Sensitivity => {
  if (STRONG.test(name)) return 'strong';
  return WEAK.test(name) ? 'weak' : 'none';
};

/** Names of attributes repeat from record to record: so many are remembered, then it starts again. */
const NAMES_MAX = 4_096;
const known = new Map<string, Sensitivity>();

/** Headers are lists, where a request's are attributes. */
const HEADERS = /(?:^|[_.-])(?:set[_-]?cookies?|cookies?|authorization|pass)$/i;

export const keySensitivity = (name: string): Sensitivity => {
  const found = known.get(name);
  if (found !== undefined) return found;
  if (known.size >= NAMES_MAX) known.clear();
  const sensitivity = HEADERS.test(name) ? 'strong' : sensitivityOf(name);
  known.set(name, sensitivity);
  return sensitivity;
};

/** What stands for no value, and what somebody has masked already. */
const EMPTY =
  /^(?:|null|nil|none|undefined|true|false|yes|no|set|unset|empty|missing|required|invalid|expired|\*+|x{3,}|\.{3}|\[?redacted\]?|\(null\)|<[^>]{0,40}>|\d{1,3})$/i;

/** Whether this value of such a name is to be hidden. */
export const isSecretValue = (sensitivity: Sensitivity, value: string): boolean => {
  if (sensitivity === 'none' || EMPTY.test(value)) return false;
  return sensitivity === 'strong' || looksSecret(value);
};

/** One word of letters and digits mixed, as no message has them; or a long one. */
const looksSecret = (value: string): boolean =>
  value.length >= 8 &&
  /^[\w.~+/=%-]+$/.test(value) &&
  /[A-Za-z]/.test(value) &&
  (/\d/.test(value) || value.length >= 32);
