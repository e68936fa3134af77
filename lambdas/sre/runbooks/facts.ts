import type { Incident } from '../incidents/incident.ts';

/** What parameters of a step may use of an incident, and nothing else. */
export const FACT_NAMES = [
  'incident_id',
  'service',
  'namespace',
  'environment',
  'severity',
  'template_id',
] as const;
export type FactName = (typeof FACT_NAMES)[number];
export type Facts = Readonly<Record<FactName, string>>;

/**
 * Letters, digits, dot, hyphen, underscore, not first a hyphen: nothing that a shell, JSON, a path, an option or an
 * expression of a workflow reads as its own. Whoever sends telemetry chooses the name of a service.
 */
const VALUE = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const PLACE = /\{\{([a-z_]+)\}\}/g;

/** Of the root when the cause names one, else of the first member. */
export const factsOf = ({ id, band, cause, members }: Incident): Facts => {
  const source = cause?.root ?? members[0]?.source ?? null;
  return {
    incident_id: id,
    service: source?.service ?? '',
    namespace: source?.namespace ?? '',
    environment: source?.environment ?? '',
    severity: band,
    template_id: cause?.template?.id ?? '',
  };
};

/** Why a text may not be a parameter, before any incident is there; null: it may. */
export const placeProblem = (text: string): string | null => {
  for (const [, name = ''] of text.matchAll(PLACE))
    if (!isFactName(name)) return `{{${name}}} is no fact: there are ${FACT_NAMES.join(', ')}`;
  return /\{\{|\}\}/.test(text.replaceAll(PLACE, ''))
    ? 'a fact is written {{name}}, without spaces, and nothing else has two braces'
    : null;
};

export type Filled =
  | { readonly kind: 'filled'; readonly parameters: Readonly<Record<string, string>> }
  | { readonly kind: 'refused'; readonly reason: string };

/** Puts facts into parameters. A fact that is missing, or that has a character which something could read as its own, refuses it all. */
export const fillParameters = (
  parameters: Readonly<Record<string, string>>,
  facts: Facts,
): Filled => {
  const used = Object.values(parameters).flatMap((text) =>
    [...text.matchAll(PLACE)].map(([, name = '']) => name),
  );
  for (const name of used) {
    if (!isFactName(name)) return refused(`{{${name}}} is no fact`);
    if (facts[name] === '') return refused(`this incident has no ${name}`);
    if (!VALUE.test(facts[name]))
      return refused(
        `the ${name} of this incident has other characters than letters, digits, dot, hyphen and underscore, or more than 128`,
      );
  }
  const filled = Object.entries(parameters).map(([key, text]): [string, string] => [
    key,
    text.replaceAll(PLACE, (whole, name: string) => (isFactName(name) ? facts[name] : whole)),
  ]);
  return { kind: 'filled', parameters: Object.fromEntries(filled) };
};

const refused = (reason: string): Filled => ({ kind: 'refused', reason });

const isFactName = (name: string): name is FactName => FACT_NAMES.some((one) => one === name);
