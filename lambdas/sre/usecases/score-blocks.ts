import type { ArrivedBlock } from '../domain/evaluation.ts';
import type { Evaluations } from '../ports/ingest.ts';

/** A burst of hot blocks becomes one evaluation a tenant. */
const DELAY_SECONDS = 1;
/** Blocks of one request, and bytes of their summaries: a message holds 1 MiB. The index shows the others a moment later. */
const HOT_MAX = 20;
const HOT_BYTES_MAX = 400_000;

/** Blocks with an unmistakable signal are evaluated at once: a tenant each, however many came. */
export const scoreBlocks = async (
  { evaluations }: { readonly evaluations: Evaluations },
  blocks: readonly ArrivedBlock[],
): Promise<void> => {
  const byTenant = Map.groupBy(blocks, ({ tenant }) => tenant);
  await evaluations.ask(
    [...byTenant].map(([tenant, arrived]) => ({
      tenant,
      delaySeconds: DELAY_SECONDS,
      hot: youngest(arrived).map(({ block, stampMs, summary }) => ({ block, stampMs, summary })),
    })),
  );
};

/** In the order of their arrival, as many of the last ones as fit. */
const youngest = (arrived: readonly ArrivedBlock[]): readonly ArrivedBlock[] => {
  const kept: ArrivedBlock[] = [];
  let bytesLeft = HOT_BYTES_MAX;
  for (const block of arrived.slice(-HOT_MAX).toReversed()) {
    // As JSON inside of JSON: each quote is two characters.
    bytesLeft -= Buffer.byteLength(JSON.stringify(block.summary));
    if (bytesLeft < 0) break;
    kept.push(block);
  }
  return kept.toReversed();
};
