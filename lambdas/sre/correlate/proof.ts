import type { Anomaly } from '../domain/anomaly.ts';
import type { Cause } from '../domain/cause.ts';
import { ERROR, WARN } from '../domain/signal.ts';
import { recordId, sourceName } from '../domain/summary.ts';
import type { Line } from './calls.ts';
import { EventReader, isFailureEvent } from './event.ts';
import type { Flagged } from './flags.ts';

const SAMPLES_MAX = 5;

type Proof = Pick<Cause, 'template' | 'samples'>;

/** The line of a service that shows best what is wrong with it, and records to look at. */
export const proofOf = (
  service: string,
  flagged: readonly Flagged[],
  anomalies: readonly Anomaly[],
): Proof => {
  const own = anomalies.filter(({ source }) => sourceName(source) === service);
  const said = own.find(({ template }) => template !== null);
  const samples = own.flatMap((anomaly) => anomaly.samples);
  const lines = worstLines(flagged.filter(({ call }) => call.service === service));
  const found = lines.length === 0 ? null : eventOfLines(lines);
  return {
    template: said?.template ?? found,
    samples: [
      ...new Set([
        ...samples,
        ...lines.slice(0, SAMPLES_MAX).map(({ block, place }) => recordId(block, place)),
      ]),
    ].slice(0, SAMPLES_MAX),
  };
};

/** Lines of calls that went wrong: those that are rare there, else errors, else what the calls said at all. */
const worstLines = (own: readonly Flagged[]): readonly Line[] => {
  const odd = own.filter(({ isOddShape, slow }) => isOddShape || slow.length > 0);
  const reader = new EventReader();
  const rare = odd.flatMap(({ call, rare: events }) =>
    call.lines.filter(({ record }) => {
      const event = reader.eventOf(record.severity, record.text);
      return isFailureEvent(event) && events.includes(event);
    }),
  );
  if (rare.length > 0) return rare;
  const lines = odd.flatMap(({ call }) => call.lines);
  const bad = lines.filter(({ record }) => record.severity >= WARN);
  return bad.length > 0 ? bad : lines;
};

const eventOfLines = (lines: readonly Line[]): Proof['template'] => {
  const [line] = lines.toSorted((left, right) => right.record.severity - left.record.severity);
  if (line === undefined || line.record.severity < ERROR) return null;
  const text = new EventReader().eventOf(line.record.severity, line.record.text);
  return { id: `event_${text}`, text: text.slice(2) };
};
