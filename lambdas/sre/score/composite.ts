import { ERROR, FATAL, WARN, type SignalGroup } from '../domain/signal.ts';
import { adjustDrift, driftReasons, type DriftEvidence, type Reason } from './drift/evidence.ts';

/** The published weights, in hundredths; version 1 of the table. */
export const SCORE_VERSION = 1;
const WEIGHTS = {
  pattern: 30,
  statistical: 25,
  context: 15,
  http: 10,
  severity: 10,
  structural: 10,
} as const;

export type Category = keyof typeof WEIGHTS;
export type Band = 'critical' | 'high' | 'medium' | 'low';

/** All that a score is made of. What is null does not apply, and its weight goes to the others. */
export interface Evidence {
  /** A line that needs no window: its highest severity. */
  readonly immediate: number | null;
  /** Signals of the failing lines, in thousandths; null: there are no lines, only counts. */
  readonly signals: readonly { readonly group: SignalGroup; readonly weight: number }[] | null;
  /** The highest of the records; 0 or null: nobody says. */
  readonly severity: number | null;
  readonly frames: number;
  readonly exceptionType: string | null;
  /** null: no window was judged. */
  readonly statistics: { readonly z: number | null; readonly failingShare: number | null } | null;
  readonly context: {
    /** Services that deviate at once, this one among them. */
    readonly services: number;
    /** Failures a bucket against those of the five minutes before, in which there may be none; null: unknown. */
    readonly velocity: { readonly times: number; readonly isFirst: boolean } | null;
    readonly novelty: 'new' | 'few' | 'known';
  } | null;
  /** Failing requests by status; null: no record is of a request. */
  readonly statuses: Readonly<Record<string, number>> | null;
  readonly failures: number;
  readonly clientFaults: number;
  readonly authFaults: number;
  readonly requests: number;
  /** Services in which the rule holds at the moment; 0: it does not. */
  readonly rateRule: number;
  readonly silence: number;
  readonly burn: '14x over 1 h' | '6x over 6 h' | null;
  /** A slow change, by hours and weeks; null: it is none. */
  readonly drift: DriftEvidence | null;
}

export interface Part {
  readonly category: Category;
  /** The category's share of the score, in thousandths, after renormalising. */
  readonly weight: number;
  /** How much speaks for it, 0 to 1000. */
  readonly value: number;
  /** Thousandths of the score: `weight` times `value`, rounded down. */
  readonly points: number;
  /** What speaks for it, the strongest first. */
  readonly because: readonly string[];
}

export interface Adjustment {
  readonly name: string;
  readonly points: number;
}

/** The points of the parts and of the adjustment add up to the score, exactly. Thousandths. */
export interface Score {
  readonly version: number;
  readonly parts: readonly Part[];
  readonly adjustment: Adjustment;
  readonly score: number;
  /** null: no anomaly. */
  readonly band: Band | null;
}

export const scoreAnomaly = (evidence: Evidence): Score => {
  const reasons = reasonsOf(evidence);
  const applying = CATEGORIES.filter((category) => reasons[category] !== null);
  const whole = applying.reduce((sum, category) => sum + WEIGHTS[category], 0);
  const parts = applying.map((category) => partOf(category, reasons[category] ?? [], whole));
  const base = parts.reduce((sum, { points }) => sum + points, 0);
  const adjustment = adjust(evidence, base);
  const score = base + adjustment.points;
  return { version: SCORE_VERSION, parts, adjustment, score, band: bandOf(score) };
};

const isCategory = (name: string): name is Category => Object.hasOwn(WEIGHTS, name);
const CATEGORIES: readonly Category[] = Object.keys(WEIGHTS).filter(isCategory);

export const bandOf = (score: number): Band | null => {
  if (score >= 850) return 'critical';
  if (score >= 650) return 'high';
  if (score >= 450) return 'medium';
  return score >= 400 ? 'low' : null;
};

/** Within a category independent reasons add as probabilities do: 1 - (1 - a)(1 - b). */
const partOf = (category: Category, reasons: readonly Reason[], whole: number): Part => {
  const missing = reasons.reduce((rest, { value }) => rest * (1 - value / 1_000), 1);
  const value = Math.round(1_000 * (1 - missing));
  return {
    category,
    weight: Math.round((1_000 * WEIGHTS[category]) / whole),
    value,
    points: Math.floor((WEIGHTS[category] * value) / whole),
    because: reasons
      .filter((reason) => reason.value > 0)
      .toSorted((left, right) => right.value - left.value)
      .map(({ name }) => name),
  };
};

const reasonsOf = (evidence: Evidence): Readonly<Record<Category, readonly Reason[] | null>> => ({
  pattern: evidence.signals?.map(({ group, weight }) => ({ name: group, value: weight })) ?? null,
  statistical: statisticalReasons(evidence),
  context: contextReasons(evidence),
  http: evidence.statuses === null ? null : httpReasons(evidence.statuses),
  severity: severityReasons(evidence),
  structural: structuralReasons(evidence),
});

const statisticalReasons = ({
  statistics,
  silence,
  burn,
  drift,
}: Evidence): readonly Reason[] | null => {
  if (drift !== null) return driftReasons(drift);
  if (silence > 0) return [{ name: 'silence', value: 1_000 }];
  if (statistics === null) return burn === null ? null : [{ name: burn, value: 800 }];
  const { z, failingShare } = statistics;
  return [
    ...(z === null ? [] : [{ name: `z ${z.toFixed(1)}`, value: thousandths(z / 5) }]),
    ...(failingShare === null
      ? []
      : [{ name: `${percent(failingShare)} fail`, value: thousandths(2 * failingShare) }]),
    ...(burn === null ? [] : [{ name: burn, value: 800 }]),
  ];
};

const thousandths = (share: number): number =>
  Math.round(1_000 * Math.min(1, Math.max(0, Number.isNaN(share) ? 0 : share)));

const percent = (share: number): string => `${Math.floor(100 * share)} %`;

const NOVELTY = { new: 300, few: 100, known: 0 };

const contextReasons = ({ context }: Evidence): readonly Reason[] | null => {
  if (context === null) return null;
  const { services, velocity, novelty } = context;
  return [
    {
      name: `${services} services`,
      value: firstAbove(services, [
        [5, 900],
        [3, 600],
        [2, 300],
      ]),
    },
    {
      name: velocity === null ? '' : velocityName(velocity),
      value: firstAbove(velocity?.times ?? 0, [
        [5, 800],
        [3, 500],
        [2, 300],
      ]),
    },
    { name: `${novelty} template`, value: NOVELTY[novelty] },
  ];
};

const velocityName = ({ times, isFirst }: { times: number; isFirst: boolean }): string =>
  isFirst
    ? 'no failure in the five minutes before'
    : `${Math.round(times)} times as many failures as before`;

type Step = readonly [from: number, value: number];
const firstAbove = (figure: number, steps: readonly Step[]): number =>
  steps.find(([from]) => figure >= from)?.[1] ?? 0;

const STATUS_VALUES: Readonly<Record<string, number>> = {
  '503': 900,
  '504': 850,
  '502': 800,
  '429': 500,
  '401': 400,
  '403': 400,
};
/** A status that makes up less of the failures says little of them. */
const STATUS_SHARE_MIN = 0.05;

const httpReasons = (statuses: Readonly<Record<string, number>>): readonly Reason[] => {
  const all = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  return Object.entries(statuses)
    .filter(([, count]) => count > 0 && count >= STATUS_SHARE_MIN * all)
    .map(([status, count]) => ({
      name: `${count} ${count === 1 ? 'answer' : 'answers'} of status ${status}`,
      value: STATUS_VALUES[status] ?? (Number(status) >= 500 ? 700 : 0),
    }));
};

const severityReasons = ({ severity }: Evidence): readonly Reason[] | null => {
  if (severity === null || severity === 0) return null;
  const value = firstAbove(severity, [
    [FATAL, 1_000],
    [ERROR + 1, 950],
    [ERROR, 700],
    [WARN, 300],
  ]);
  return [{ name: severityName(severity), value }];
};

const severityName = (severity: number): string => {
  const names = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
  return names[Math.floor((Math.min(24, severity) - 1) / 4)] ?? 'no severity';
};

const structuralReasons = ({ frames, exceptionType }: Evidence): readonly Reason[] | null =>
  frames === 0 && exceptionType === null
    ? null
    : [
        {
          name: `${frames} frames`,
          value: firstAbove(frames, [
            [16, 300],
            [6, 150],
            [2, 50],
          ]),
        },
        ...(exceptionType === null ? [] : [{ name: exceptionType, value: 300 }]),
      ];

const CAP = 350;
const RECORDS_MIN = 5;
const CLIENT_SHARE_MAX = 0.8;

/** One at most: a cap that the parts pass, else the highest floor that they do not reach. */
const adjust = (evidence: Evidence, base: number): Adjustment => {
  if (evidence.drift !== null) return adjustDrift(evidence.drift, base) ?? NO_ADJUSTMENT;
  const cap = capOf(evidence);
  if (cap !== null) return base > CAP ? { name: cap, points: CAP - base } : NO_ADJUSTMENT;
  const floor = floorsOf(evidence).reduce<Reason | null>(
    (best, next) => (best === null || next.value > best.value ? next : best),
    null,
  );
  return floor === null || floor.value <= base
    ? NO_ADJUSTMENT
    : { name: floor.name, points: floor.value - base };
};

const NO_ADJUSTMENT: Adjustment = { name: 'none', points: 0 };

/** Why it can be no anomaly, however much speaks for one. */
const capOf = (evidence: Evidence): string | null => {
  const { failures, clientFaults, authFaults, requests, silence, immediate } = evidence;
  if (silence > 0) return null;
  const refused = 2 * authFaults < requests ? authFaults : 0;
  const own = failures + (authFaults - refused);
  const theirs = clientFaults + refused;
  if (immediate === null && theirs > 0 && theirs >= CLIENT_SHARE_MAX * (own + theirs))
    return 'cap: what clients did wrong';
  if (isQuiet(evidence)) return 'cap: nothing above INFO';
  if (immediate === null && own < RECORDS_MIN) return 'cap: fewer than 5 records';
  return null;
};

/** Lines below WARN alone: no request failed, and no rule of rates holds. */
const isQuiet = ({ severity, statuses, rateRule, burn }: Evidence): boolean =>
  severity !== null &&
  severity < WARN &&
  rateRule === 0 &&
  burn === null &&
  Object.values(statuses ?? {}).every((count) => count === 0);

const floorsOf = ({ immediate, rateRule, context, silence, burn }: Evidence): readonly Reason[] => [
  ...(immediate === null
    ? []
    : [
        {
          name: `floor: immediate at ${severityName(immediate)}`,
          value: firstAbove(immediate, [
            [FATAL, 850],
            [ERROR, 650],
            [WARN, 450],
          ]),
        },
      ]),
  ...(rateRule >= 2 ? [{ name: 'floor: nearly all fails in 2 services', value: 850 }] : []),
  ...(rateRule === 1 ? [{ name: 'floor: nearly all fails', value: 650 }] : []),
  ...((context?.services ?? 0) >= 5 ? [{ name: 'floor: 5 services', value: 850 }] : []),
  ...(silence >= 2 ? [{ name: 'floor: 2 services are silent', value: 850 }] : []),
  ...(silence === 1 ? [{ name: 'floor: silence', value: 650 }] : []),
  ...(burn === '14x over 1 h' ? [{ name: 'floor: burns 14x over 1 h', value: 650 }] : []),
  ...(burn === '6x over 6 h' ? [{ name: 'floor: burns 6x over 6 h', value: 450 }] : []),
];
