import type { BlockContent } from '../../domain/block.ts';
import { CorruptBlock } from './bytes.ts';
import { kindOf, plainBytesOf } from './frame.ts';
import { decodeLogBlock } from './log-block.ts';
import { decodeSpanBlock } from './span-block.ts';

/** What a stored block holds, of each line its first `textCharsMax` characters at least. Throws `CorruptBlock`. */
export const readBlock = (bytes: Uint8Array, textCharsMax = Infinity): BlockContent => {
  const plainBytes = plainBytesOf(bytes);
  switch (kindOf(bytes)) {
    case 'logs':
      return { logs: decodeLogBlock(bytes, textCharsMax), spans: [], plainBytes };
    case 'traces':
      return { logs: [], spans: decodeSpanBlock(bytes), plainBytes };
    case 'metrics':
      return { logs: [], spans: [], plainBytes };
    case null:
      throw new CorruptBlock('these bytes are no block');
  }
};
