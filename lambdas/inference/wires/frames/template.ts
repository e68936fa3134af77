/**
 * Nearly every frame of a stream is the one before it with other words. A template is what two such frames share: JSON
 * before a text, and JSON after it.
 *
 * Reading by it is the same as parsing: the frame it was made of was parsed, the bytes around the text are the same bytes,
 * and what stands between them is one literal without an escape, which is its own value. The name of the text comes once,
 * and there is no escape around it, so that no other property of the frame can be spelled as it is.
 */
export interface Template {
  readonly before: string;
  readonly behind: string;
  /** The frame ends with padding that differs from frame to frame and means nothing. */
  readonly isPadded: boolean;
}

/** https://platform.openai.com/docs/api-reference/chat-streaming: `obfuscation` evens the sizes of frames out. */
const PADDED = /"obfuscation":"[^"\\]*"\}$/;
const PADDING_NAME = '"obfuscation":';
const PADDING = /^"[^"\\\p{Cc}]*"\}$/u;

const BACKSLASH = 92;

/** The template of a frame by the text that it holds under this name; null: it is not so plain. */
export const templateOf = (data: string, name: string, text: string): Template | null => {
  const property = `"${name}"`;
  const at = data.indexOf(property);
  const from = at + property.length + 2;
  if (at === -1 || text === '' || data.indexOf(property, from) !== -1 || data.includes('\\'))
    return null;
  if (data.slice(from - 2, from) !== ':"' || !data.startsWith(`${text}"`, from)) return null;
  const rest = data.slice(from + text.length + 1);
  const padding = PADDED.exec(rest);
  const behind = padding === null ? rest : rest.slice(0, padding.index + PADDING_NAME.length);
  return { before: data.slice(0, from), behind, isPadded: padding !== null };
};

/** The text of a frame that differs from its template in nothing else; null: it must be parsed. */
export const textIn = ({ before, behind, isPadded }: Template, data: string): string | null => {
  if (!data.startsWith(before)) return null;
  const end = data.indexOf('"', before.length);
  if (end === -1 || !data.startsWith(behind, end + 1)) return null;
  const over = end + 1 + behind.length;
  if (isPadded ? !PADDING.test(data.slice(over)) : data.length !== over) return null;
  const text = data.slice(before.length, end);
  return isPlain(text) ? text : null;
};

/** A literal has no escape, and no control as it stands. */
const isPlain = (text: string): boolean => {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code === BACKSLASH) return false;
  }
  return true;
};
