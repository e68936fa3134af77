import type { Span } from '../../../lambdas/sre/domain/span.ts';
import { seeded, type Seeded } from '../../simulation/seeded.ts';
import { OPERATIONS, SERVICES, serviceOf, type Fault, type Step } from './made-topology.ts';
import { MadeWorld } from './made-world.ts';
import type { Recording, ShopDay, ShopMinute } from './faulty-shop.ts';

const MINUTE_MS = 60_000;
const FROM_MS = Date.UTC(2026, 10, 30, 8);
const USUAL_MINUTES = 25;
const BEFORE_MINUTES = 3;
const MINUTES = 5;
/** Between two faults, as operators would leave it. */
const APART_MINUTES = 20;
const STRENGTHS = [1, 0.3, 0.1];
const SEEDS_A_STRENGTH = 2;

/** The services at which a kind of fault can be. */
const PLACES: Readonly<Record<Fault['kind'], readonly string[]>> = {
  slow: inner(),
  network: inner(),
  exception: inner(),
  'wrong answer': inner(),
  'few workers': inner(),
  dead: inner(),
  restarts: inner(),
  'slow database': doing((step) => 'database' in step),
  'slow consumer': ['fulfilment', 'notifications'],
  'slow outside': doing((step) => 'outside' in step),
};

/**
 * A system of our own making, as its senders tell of it: spans alone, usual minutes first, then a fault in each recording.
 * It shows how causes are found where nobody tuned anything; it is no measure of systems that were recorded.
 */
export function* madeDays(): Generator<ShopDay> {
  const usual = minutesFrom(FROM_MS, USUAL_MINUTES, seeded(1), null);
  yield { usual, recordings: [], metrics: [] };
  let fromMs = FROM_MS + (USUAL_MINUTES + APART_MINUTES) * MINUTE_MS;
  for (const [place, fault] of madeFaults().entries()) {
    yield { usual: [], recordings: [recordingOf(fault, fromMs, place)], metrics: [] };
    fromMs += (MINUTES + APART_MINUTES) * MINUTE_MS;
  }
}

export const madeFaults = (): readonly Fault[] => {
  const random = seeded(7);
  return KINDS.flatMap((kind) =>
    STRENGTHS.flatMap((strength) =>
      Array.from({ length: SEEDS_A_STRENGTH }, () => ({
        kind,
        strength,
        service: random.pick(PLACES[kind]),
      })),
    ),
  );
};

const KINDS = [
  'slow',
  'network',
  'exception',
  'wrong answer',
  'few workers',
  'dead',
  'restarts',
  'slow database',
  'slow consumer',
  'slow outside',
] as const;

const recordingOf = (fault: Fault, fromMs: number, place: number): Recording => {
  const random = seeded(100 + place);
  const atMs = fromMs + BEFORE_MINUTES * MINUTE_MS + random.below(4_000);
  return {
    name: `${fault.kind} ${fault.service}`,
    minutes: minutesFrom(fromMs, MINUTES, random, { ...fault, atMs }),
    fault: { ...fault, atMs },
  };
};

const minutesFrom = (
  fromMs: number,
  minutes: number,
  random: Seeded,
  fault: (Fault & { readonly atMs: number }) | null,
): readonly ShopMinute[] => {
  const spans: Span[][] = Array.from({ length: minutes }, () => []);
  for (const span of new MadeWorld(random, fault).run(fromMs, fromMs + minutes * MINUTE_MS))
    spans[Math.floor((span.startMs - fromMs) / MINUTE_MS)]?.push(span);
  return spans.map((of, index) => ({ fromMs: fromMs + index * MINUTE_MS, spans: of, lines: [] }));
};

function inner(): readonly string[] {
  return SERVICES.filter((service) => service !== 'web');
}

function doing(isMeant: (step: Step) => boolean): readonly string[] {
  const operations = Object.entries(OPERATIONS).filter(([, { steps }]) =>
    steps.some((group) => group.some(isMeant)),
  );
  return [...new Set(operations.map(([name]) => serviceOf(name)))];
}
