import type { Anomaly, AnomalyKind } from '../domain/anomaly.ts';
import type { Source } from '../domain/log-record.ts';
import { sourceName } from '../domain/summary.ts';
import type { Incident } from './incident.ts';

/** A caller and what it calls, or two services that one trace shows. */
export type Edge = readonly [from: Source, to: Source];

/** A shorter name is a word of many lines. */
const NAME_CHARACTERS_MIN = 4;

const USAGE_KINDS: readonly AnomalyKind[] = ['spend', 'latency', 'errors', 'retries'];
/** Of a key of the gateway: it is an incident of its own, and says nothing of a service. */
export const isOfKey = (kind: AnomalyKind): boolean => USAGE_KINDS.includes(kind);

/** Which sources belong together: what one of them does to the other. */
export class Nearness {
  private readonly callees = new Map<string, Set<string>>();
  private readonly reaches = new Map<string, ReadonlySet<string>>();

  constructor(edges: readonly Edge[]) {
    for (const [from, to] of edges) {
      const name = sourceName(from);
      const callees = this.callees.get(name) ?? new Set();
      this.callees.set(name, callees.add(sourceName(to)));
    }
  }

  /** Does an anomaly belong to an incident? The same source, a line that names it, or two hops along calls. */
  isPartOf(anomaly: Anomaly, incident: Incident): boolean {
    return incident.members.some(({ source, kind }) => {
      if (isOfKey(kind) !== isOfKey(anomaly.kind)) return false;
      if (sourceName(source) === sourceName(anomaly.source)) return true;
      return !isOfKey(kind) && (this.areNear(source, anomaly.source) || names(anomaly, source));
    });
  }

  /** Do two incidents show one fault? */
  areOne(left: Incident, right: Incident): boolean {
    return left.members.some((one) =>
      right.members.some(
        (other) =>
          !isOfKey(one.kind) && !isOfKey(other.kind) && this.areNear(one.source, other.source),
      ),
    );
  }

  /**
   * What fails makes its callers fail, and theirs; two callers fail by what both call. Two that one caller calls have
   * nothing to do with each other. Staging is not near production.
   */
  areNear(left: Source, right: Source): boolean {
    if (left.environment !== right.environment) return false;
    const [one, other] = [sourceName(left), sourceName(right)];
    if (one === other) return true;
    const ofOne = this.reachOf(one);
    const ofOther = this.reachOf(other);
    return ofOne.has(other) || ofOther.has(one) || this.shareCallee(one, other);
  }

  private shareCallee(one: string, other: string): boolean {
    const callees = this.callees.get(one);
    const others = this.callees.get(other);
    return callees !== undefined && others !== undefined && !callees.isDisjointFrom(others);
  }

  /** What a source calls, and what that calls. */
  private reachOf(name: string): ReadonlySet<string> {
    const known = this.reaches.get(name);
    if (known !== undefined) return known;
    const callees = this.callees.get(name) ?? [];
    const reach = new Set(callees);
    for (const callee of callees)
      for (const next of this.callees.get(callee) ?? []) reach.add(next);
    this.reaches.set(name, reach);
    return reach;
  }
}

/** A line of the one names the other: where nothing is traced, that is all there is. */
const names = ({ source, template }: Anomaly, other: Source): boolean =>
  template !== null &&
  other.environment === source.environment &&
  other.service.length >= NAME_CHARACTERS_MIN &&
  hasWord(template.text, other.service);

const hasWord = (text: string, word: string): boolean => {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
    if (!isLetter(text.charAt(at - 1)) && !isLetter(text.charAt(at + word.length))) return true;
  return false;
};

const isLetter = (character: string): boolean => /[\p{L}\p{N}_]/u.test(character);
