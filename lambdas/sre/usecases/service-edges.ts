import { edgesOf } from '../correlate/graph.ts';
import type { Source } from '../domain/log-record.ts';
import type { BaselineStore } from '../ports/causes.ts';
import { mergedBaseline } from './learn-calls.ts';

/** Which services of a tenant call which, as far as it was learned. */
export const serviceEdges = async (
  baselines: BaselineStore,
  tenant: string,
): Promise<readonly (readonly [Source, Source])[]> =>
  edgesOf(mergedBaseline(await baselines.load(tenant)));
