import { isDiagnosed, type Diagnosis } from '../diagnose/diagnosis.ts';
import type { Incident } from './incident.ts';
import { changed, type Change } from './life.ts';
import { SLUICE } from './timeline.ts';

/**
 * The one diagnosis of an incident as it is open, or why there is none. It changes nothing but itself: no severity, no state, no cause,
 * no evidence. null: it has one, and the first counts.
 */
export const diagnosed = (incident: Incident, diagnosis: Diagnosis): Change | null => {
  if (isDiagnosed({ ...incident, generation: diagnosis.generation ?? 1 })) return null;
  const { atMs, model, outcome } = diagnosis;
  const isGiven = outcome.kind === 'given';
  // Nobody is notified again of what is over, or that there is nothing to report.
  const news = isGiven && incident.resolvedMs === null ? 'usual' : 'none';
  const text = isGiven
    ? `${model} says what the cause may be; see the diagnosis.`
    : `No diagnosis of ${model}: ${outcome.why}`;
  return changed(
    incident,
    { diagnosis },
    { atMs, by: SLUICE, kind: isGiven ? 'diagnosed' : 'not_diagnosed', text },
    news,
  );
};
