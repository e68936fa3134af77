import type { BlockContent } from '../domain/block.ts';
import type { LogRecord } from '../domain/log-record.ts';
import type { BlockStore } from '../ports/blocks.ts';

/**
 * What one search reads at most: alike lines become a thousandth of their size, so that each of the three bounds holds
 * where the others do not. A function reads the most of any of them in some five seconds.
 */
const STORED_BYTES_MAX = 16_777_216;
const PLAIN_BYTES_MAX = 134_217_728;
const RECORDS_MAX = 400_000;
const READS_AT_ONCE = 16;

export interface BlockDeps {
  readonly blocks: BlockStore;
  readonly open: (block: Uint8Array) => BlockContent;
}

/** One search at work: what it has read of its blocks. */
export class BlockReading<Head extends { readonly hash: string }> {
  storedBytes = 0;
  private plainBytes = 0;
  private records = 0;
  private place = 0;
  private readonly deps: BlockDeps;
  private readonly tenant: string;
  private readonly heads: readonly Head[];

  constructor(deps: BlockDeps, tenant: string, heads: readonly Head[]) {
    this.deps = deps;
    this.tenant = tenant;
    this.heads = heads;
  }

  get isFull(): boolean {
    return (
      this.storedBytes >= STORED_BYTES_MAX ||
      this.plainBytes >= PLAIN_BYTES_MAX ||
      this.records >= RECORDS_MAX
    );
  }

  get isDone(): boolean {
    return this.place >= this.heads.length;
  }

  /** What was not read yet. */
  get rest(): readonly Head[] {
    return this.heads.slice(this.place);
  }

  /** Blocks that are there, until a bound is reached or `isEnough` of the next one; one is open at a time. */
  async *contents(
    isEnough: (next: Head) => boolean,
  ): AsyncGenerator<readonly [Head, BlockContent]> {
    const { deps, tenant, heads } = this;
    while (!this.isFull) {
      const step = heads.slice(this.place, this.place + READS_AT_ONCE);
      const [next] = step;
      if (next === undefined || isEnough(next)) return;
      const stored = await Promise.all(
        step.map(async (head) => [head, await deps.blocks.read(tenant, head.hash)] as const),
      );
      for (const [head, bytes] of stored) {
        if (this.isFull) return;
        this.place += 1;
        if (bytes === null) continue;
        const content = deps.open(bytes);
        this.storedBytes += bytes.length;
        this.plainBytes += content.plainBytes;
        this.records += content.logs.length + content.spans.length;
        yield [head, content];
      }
    }
  }
}

/** Records by their ids; those that are gone are left out. */
export const recordsOf = async (
  { blocks, open }: BlockDeps,
  tenant: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, LogRecord>> => {
  const byBlock = Map.groupBy(ids, (id) => id.slice(0, id.lastIndexOf('#')));
  const found = await Promise.all(
    [...byBlock].map(async ([hash, wanted]) => {
      const bytes = await blocks.read(tenant, hash);
      const { logs } = bytes === null ? { logs: [] } : open(bytes);
      return wanted.flatMap((id) => {
        const record = logs[Number(id.slice(hash.length + 1))];
        return record === undefined ? [] : [[id, record] as const];
      });
    }),
  );
  return new Map(found.flat());
};
