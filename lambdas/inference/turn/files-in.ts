import type { Block, DocumentBlock, ImageBlock, MediaSource, TurnRequest } from './turn.ts';

export type Media = ImageBlock | DocumentBlock;
export type Address = Extract<MediaSource, { readonly type: 'url' }>;
/** A file that stands somewhere else. */
export interface FileThere {
  readonly type: Media['type'];
  readonly source: Address;
}

export const isAddress = (source: MediaSource): source is Address =>
  source.type === 'url' && !/^data:/i.test(source.url);

/** The files of a turn that are named by their addresses, those in results of tools too. */
export const filesIn = ({ messages }: TurnRequest): readonly FileThere[] =>
  messages.flatMap(({ content }) =>
    content.flatMap((block) => {
      const parts = block.type === 'tool_result' ? block.content : [block];
      return typeof parts === 'string' ? [] : parts.flatMap(fileThere);
    }),
  );

const fileThere = (block: Block): readonly FileThere[] =>
  (block.type === 'image' || block.type === 'document') && isAddress(block.source)
    ? [{ type: block.type, source: block.source }]
    : [];
