import type { Anomaly } from '../domain/anomaly.ts';
import type { Incident } from '../incidents/incident.ts';
import { sourceName } from '../domain/summary.ts';
import type { RunbookHead, RunbookMatch } from './runbook.ts';

/** Runbooks that an incident shows. */
export const MATCHES_MAX = 5;

/** One thing that is wrong, as a runbook may be for it. */
export interface Symptom {
  readonly service: string;
  readonly environment: string;
  readonly signal: string;
  readonly template: { readonly id: string; readonly text: string } | null;
  /** It is of what the cause names. */
  readonly isOfRoot: boolean;
}

/** A template says most of what went wrong, then where it did; what kind it is many things are. */
const WEIGHTS: Readonly<Record<keyof RunbookMatch, number>> = {
  template: 8,
  service: 4,
  signal: 2,
  environment: 1,
};

/** What is wrong in an incident: its anomalies, and the line that shows the root. */
export const symptomsOf = (
  { cause, members }: Pick<Incident, 'cause' | 'members'>,
  anomalies: readonly Anomaly[],
): readonly Symptom[] => {
  const root = cause?.root ?? null;
  const rootName = root === null ? null : sourceName(root);
  const ofAnomalies = anomalies.map(({ source, kind, template }) => ({
    service: source.service,
    environment: source.environment,
    signal: kind,
    template,
    isOfRoot: sourceName(source) === rootName,
  }));
  // Anomalies are read as far as they are kept; members are there for good.
  const ofMembers = members.map(({ source, kind }) => ({
    service: source.service,
    environment: source.environment,
    signal: kind,
    template: null,
    isOfRoot: sourceName(source) === rootName,
  }));
  const ofRoot =
    root === null
      ? []
      : [
          {
            service: root.service,
            environment: root.environment,
            signal: '',
            template: cause?.template ?? null,
            isOfRoot: true,
          },
        ];
  return [...ofAnomalies, ...ofMembers, ...ofRoot];
};

/**
 * Runbooks that are for one of the symptoms, the most specific first: by template, service, signal, environment, in this
 * order of weight. Of two that are as specific, one of the root comes first, then by name and id.
 */
export const matchRunbooks = <T extends RunbookHead>(
  runbooks: readonly T[],
  symptoms: readonly Symptom[],
): readonly T[] =>
  runbooks
    .flatMap((runbook) => {
      const fitting = symptoms.filter((symptom) => fits(runbook.match, symptom));
      return fitting.length === 0
        ? []
        : [{ runbook, isOfRoot: fitting.some(({ isOfRoot }) => isOfRoot) }];
    })
    .toSorted(
      (left, right) =>
        weightOf(right.runbook) - weightOf(left.runbook) ||
        Number(right.isOfRoot) - Number(left.isOfRoot) ||
        compare(left.runbook.name, right.runbook.name) ||
        compare(left.runbook.id, right.runbook.id),
    )
    .map(({ runbook }) => runbook);

/** Without the locale of a machine. */
const compare = (left: string, right: string): number => {
  if (left === right) return 0;
  return left < right ? -1 : 1;
};

const weightOf = ({ match }: RunbookHead): number =>
  (['template', 'service', 'signal', 'environment'] as const)
    .filter((field) => match[field] !== null)
    .reduce((sum, field) => sum + WEIGHTS[field], 0);

const fits = (match: RunbookMatch, symptom: Symptom): boolean =>
  is(match.service, symptom.service) &&
  is(match.environment, symptom.environment) &&
  is(match.signal, symptom.signal) &&
  (match.template === null ||
    (symptom.template !== null &&
      (symptom.template.id === match.template || symptom.template.text === match.template)));

const is = (wanted: string | null, given: string): boolean => wanted === null || wanted === given;
