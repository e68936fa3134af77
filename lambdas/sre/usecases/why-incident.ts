import type { Timers } from '../../shared/deps.ts';
import type { Anomaly } from '../domain/anomaly.ts';
import { Nearness } from '../incidents/near.ts';
import { place, type Verdict } from '../incidents/place.ts';
import { endMs } from '../incidents/silence.ts';
import type { IncidentStore, ServiceGraph, SilenceBook } from '../ports/incidents.ts';

interface WhyDeps {
  readonly incidents: Pick<IncidentStore, 'load'>;
  readonly silences: Pick<SilenceBook, 'list'>;
  readonly graph: ServiceGraph;
  readonly timers: Pick<Timers, 'nowMs'>;
}

/** Where an anomaly is, or where it would go now, and why. */
export interface WhyIncident {
  readonly incidentId: string | null;
  readonly verdict: Verdict['kind'];
  readonly why: string;
}

/** A dry run: the decision that `correlate` makes, without a write. */
export const whyIncident = async (deps: WhyDeps, anomaly: Anomaly): Promise<WhyIncident> => {
  const { tenant, id } = anomaly;
  const nowMs = deps.timers.nowMs();
  const [board, silences, edges] = await Promise.all([
    deps.incidents.load(tenant, [anomaly], nowMs),
    deps.silences.list(tenant, nowMs),
    deps.graph.edges(tenant),
  ]);
  const mark = board.marks.get(id);
  if (mark !== undefined)
    return { incidentId: mark.incidentId, verdict: 'known', why: 'It is in this incident.' };
  const nearness = new Nearness(edges);
  const { verdicts } = place({ anomalies: [anomaly], board, silences, nearness, nowMs });
  const verdict = verdicts.get(id) ?? { kind: 'small' };
  return {
    // What it would open has no name yet.
    incidentId:
      verdict.kind === 'joined' || verdict.kind === 'reopened' ? verdict.incidentId : null,
    verdict: verdict.kind,
    why: sentenceOf(verdict, nowMs),
  };
};

const sentenceOf = (verdict: Verdict, nowMs: number): string => {
  switch (verdict.kind) {
    case 'known':
      return 'It is in this incident.';
    case 'opened':
      return 'Nothing that is live is related to it: it opens an incident in a moment.';
    case 'joined':
      return 'It is related to this incident, and joins it in a moment.';
    case 'reopened':
      return 'This incident of the same source was resolved within the hour: it opens again in a moment.';
    case 'digest':
      return 'More incidents were opened than a storm may open: it goes into the digest.';
    case 'over':
      return 'It was over for an hour before anybody looked: it opens nothing.';
    case 'small':
      return 'It is low: alone it opens nothing, and it would join what is related to it.';
    case 'silenced':
      return `The ${verdict.silence.kind} ${verdict.silence.id} holds until ${new Date(endMs(verdict.silence, nowMs)).toISOString()}: ${verdict.silence.reason}`;
  }
};
