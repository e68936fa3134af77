import type { BlockContent } from '../../domain/block.ts';
import { CorruptBlock } from './bytes.ts';
import { kindOf } from './frame.ts';
import { decodeLogBlock } from './log-block.ts';
import { decodeSpanBlock } from './span-block.ts';

/** What a stored block holds. Throws `CorruptBlock`. */
export const readBlock = (bytes: Uint8Array): BlockContent => {
  switch (kindOf(bytes)) {
    case 'logs':
      return { logs: decodeLogBlock(bytes), spans: [] };
    case 'traces':
      return { logs: [], spans: decodeSpanBlock(bytes) };
    case 'metrics':
      return { logs: [], spans: [] };
    case null:
      throw new CorruptBlock('these bytes are no block');
  }
};
