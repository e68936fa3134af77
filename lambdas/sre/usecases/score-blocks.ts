import type { ArrivedBlock } from '../domain/evaluation.ts';
import type { Evaluations } from '../ports/ingest.ts';

/** A burst of hot blocks becomes one evaluation a tenant. */
const DELAY_SECONDS = 1;
/** Blocks of one request; the index shows the others a moment later. */
const HOT_MAX = 20;

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
      hot: arrived
        .slice(-HOT_MAX)
        .map(({ block, stampMs, summary }) => ({ block, stampMs, summary })),
    })),
  );
};
