import type { DocumentBlock, ImageBlock, ToolResultBlock } from '../../turn/turn.ts';
import type { UserBlock } from '../history/history.ts';
import { isSound } from '../history/media-source.ts';
import { resultWords } from '../history/result-words.ts';

type WireObject = Readonly<Record<string, unknown>>;

/** Content of a user's message: a plain string where there is only text, for some providers read nothing else. */
export const textOrParts = (blocks: readonly UserBlock[]): string | readonly WireObject[] => {
  const texts = blocks.map(textOf);
  if (texts.every((text) => text !== null)) return texts.join('\n\n');
  return blocks.map(partOf);
};

/**
 * The results of one turn: first every tool message, for nothing may stand between a call and its results; they hold
 * text alone, so images follow in a message of the user.
 */
export const toolMessages = (results: readonly ToolResultBlock[]): readonly WireObject[] => {
  const images = results.flatMap(({ tool_use_id, content }) => {
    const shown = typeof content === 'string' ? [] : content.filter(({ type }) => type === 'image');
    if (shown.length === 0) return [];
    const title = { type: 'text' as const, text: `Images in the result of ${tool_use_id}:` };
    return [title, ...shown].map(partOf);
  });
  return [
    ...results.map((result) => ({
      role: 'tool',
      tool_call_id: result.tool_use_id,
      content: resultText(result),
    })),
    ...(images.length === 0 ? [] : [{ role: 'user', content: images }]),
  ];
};

const resultText = (result: ToolResultBlock): string => {
  const text = resultWords(result);
  return result.is_error === true && !/^error/i.test(text) ? `Error: ${text}` : text;
};

const textOf = (block: UserBlock): string | null => {
  if (block.type === 'text') return block.text;
  return block.type === 'document' && block.source.type === 'text'
    ? documentText(block, block.source.data)
    : null;
};

const documentText = ({ title }: DocumentBlock, data: string): string =>
  `<document${title === undefined ? '' : ` title=${JSON.stringify(title)}`}>\n${data}\n</document>`;

const partOf = (block: UserBlock): WireObject => {
  const text = textOf(block);
  if (text !== null) return { type: 'text', text };
  if (block.type === 'image') return { type: 'image_url', image_url: { url: urlOf(block) } };
  if (block.type === 'document' && block.source.type === 'base64' && isSound(block)) {
    const { media_type, data } = block.source;
    const format = media_type === 'audio/wav' ? 'wav' : 'mp3';
    return { type: 'input_audio', input_audio: { data, format } };
  }
  if (block.type === 'document')
    return { type: 'file', file: { filename: fileName(block), file_data: urlOf(block) } };
  return { type: 'text', text: block.text };
};

const urlOf = ({ source }: ImageBlock | DocumentBlock): string =>
  source.type === 'url' ? source.url : `data:${source.media_type};base64,${source.data}`;

const fileName = ({ title = 'document' }: DocumentBlock): string =>
  title.toLowerCase().endsWith('.pdf') ? title : `${title}.pdf`;
