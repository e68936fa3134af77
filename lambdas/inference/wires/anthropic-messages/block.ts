import type { Block, Json, UrlCitation } from '../../turn/turn.ts';
import { fieldsOf, listOf, outputOf, textOf } from '../fields.ts';

/**
 * A block as it begins; null: of a kind that is not known. Its tool has the name that the provider knows, and a call
 * without an id the id ''.
 */
export const blockOf = (value: Json | undefined): Block | null => {
  const { type, text, citations, thinking, signature, data, id, name, input } = fieldsOf(value);
  switch (type) {
    case 'text': {
      const pages = listOf(citations).flatMap(citationOf);
      return { type, text: textOf(text), ...(pages.length === 0 ? {} : { citations: pages }) };
    }
    case 'thinking': {
      const sign = textOf(signature);
      return { type, thinking: textOf(thinking), ...(sign === '' ? {} : { signature: sign }) };
    }
    case 'redacted_thinking':
      return typeof data === 'string' ? { type, data } : null;
    case 'tool_use':
      return typeof name === 'string' && name !== ''
        ? { type, id: textOf(id).trim(), name, input: input ?? {} }
        : null;
    default:
      return null;
  }
};

/** A place in a document is no page. https://platform.claude.com/docs/en/build-with-claude/citations */
export const citationOf = (value: Json | undefined): readonly UrlCitation[] => {
  const { url, source, title } = fieldsOf(value);
  const page = textOf(url) || textOf(source);
  return URL.canParse(page) ? [{ type: 'url_citation', url: page, title: textOf(title) }] : [];
};

/** What a block says as it begins: a call its name and seldom its input, words nearly always nothing. */
export const outputOfStart = (value: Json | undefined): string => {
  const { text, thinking, name, input } = fieldsOf(value);
  return (textOf(text) || textOf(thinking) || textOf(name)) + inputText(input);
};

/** What a whole block says. */
export const outputOfBlock = (value: Json): string => {
  const { text, thinking, input } = fieldsOf(value);
  return outputOf(text ?? thinking ?? input);
};

/** Every call of a stream begins with an empty object, and its input follows. */
const inputText = (input: Json | undefined): string => {
  const text = outputOf(input);
  return text === '{}' ? '' : text;
};
