import { CONFIDENCE_MIN, type Suspect } from '../domain/cause.ts';
import type { Evidence } from './cause-of.ts';

const USUAL_MINUTES_MIN = 10;
/** Below it the first two suspects are told apart by chance. */
const LEAD_MIN = 0.3;
const KNOWN_SHARE_MIN = 0.5;

/** What would have to be known to be surer. */
export const gapsOf = (
  { flagged, baseline, records, isCut, anomalies }: Evidence,
  suspects: readonly Suspect[],
): readonly string[] => {
  const gaps: string[] = [];
  const [first, second] = suspects;
  const calls = flagged.length;
  if (records === 0) gaps.push('No line and no span of this time is at hand.');
  else if (calls === 0)
    gaps.push('No line and no span names a trace: who called whom is not known.');
  else if (!flagged.some(({ call }) => call.caller !== null))
    gaps.push(
      'No span shows a call from one service to another, so the dependencies are not known.',
    );
  if (baseline.minutes < USUAL_MINUTES_MIN)
    gaps.push(`There are only ${baseline.minutes} minutes of history, too few for a baseline.`);
  else if (calls > 0 && flagged.filter(({ isKnown }) => isKnown).length < KNOWN_SHARE_MIN * calls)
    gaps.push('Most calls are of kinds that are not known yet.');
  if (isCut) gaps.push('There was more telemetry than is read: this is based on a part of it.');
  if (first === undefined)
    gaps.push('Nothing that is at hand deviates where these anomalies could come from.');
  else if (first.score < CONFIDENCE_MIN && calls > 0)
    gaps.push('Too few calls deviate to name one of the suspects; more will be known in a minute.');
  if (
    first !== undefined &&
    second !== undefined &&
    first.score >= CONFIDENCE_MIN &&
    second.score >= CONFIDENCE_MIN &&
    second.score > (1 - LEAD_MIN) * first.score
  )
    gaps.push('Two suspects are about as likely: there may be two faults.');
  if (anomalies.some(({ kind }) => kind === 'telemetry_lost'))
    gaps.push('Telemetry of the tenant was lost: services may be well.');
  return gaps;
};
