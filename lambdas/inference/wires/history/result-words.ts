import type { ToolResultBlock } from '../../turn/turn.ts';

/** The words of a result, where its images are sent after it. */
export const resultWords = ({ content }: Pick<ToolResultBlock, 'content'>): string =>
  typeof content === 'string'
    ? content
    : content.map((part) => (part.type === 'text' ? part.text : '(image: see below)')).join('\n\n');
