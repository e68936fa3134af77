import type { Metrics, Report } from '../../shared/deps.ts';
import type { StoredBlock } from '../formats/stored-block.ts';
import { readBlock } from '../in/blocks/read-block.ts';
import type { BlockStore } from '../ports/blocks.ts';
import type { IndexedBlock, LogIndex } from '../ports/search.ts';

export interface IndexBlocksDeps {
  readonly blocks: Pick<BlockStore, 'read'>;
  readonly index: LogIndex;
  readonly metrics: Metrics;
  readonly report: Report;
}

/**
 * Records of these blocks are found from now on. Throws when one may be taken later: the batch comes again, and adds
 * nothing twice. A block that nobody can read costs itself alone, and so does a record that the index refuses.
 */
export const indexBlocks = async (
  deps: IndexBlocksDeps,
  stored: readonly StoredBlock[],
): Promise<void> => {
  const refused = await deps.index.add(contentsOf(deps, stored));
  if (refused > 0) deps.metrics.record({ unindexedRecords: refused });
};

/** One is open at a time. */
async function* contentsOf(
  { blocks, metrics, report }: IndexBlocksDeps,
  stored: readonly StoredBlock[],
): AsyncGenerator<IndexedBlock> {
  for (const { tenant, hash, bytes: inline } of stored) {
    const bytes = inline ?? (await blocks.read(tenant, hash));
    // Gone: its days are over.
    if (bytes === null || bytes.length === 0) continue;
    const content = opened(bytes, (error) => {
      report('block not indexed', error);
      metrics.record({ unindexedRecords: 1 });
    });
    if (content !== null) yield { tenant, hash, content };
  }
}

const opened = (bytes: Uint8Array, onCorrupt: (error: unknown) => void) => {
  try {
    return readBlock(bytes);
  } catch (error) {
    onCorrupt(error);
    return null;
  }
};
