import type { Anomaly } from '../../lambdas/sre/domain/anomaly.ts';
import type { Edge } from '../../lambdas/sre/incidents/near.ts';
import type { Silence } from '../../lambdas/sre/incidents/silence.ts';
import { anomalyOf } from '../support/sre/anomalies.ts';
import { sourceOf, START_MS } from '../support/sre/entries.ts';
import type { Seeded } from './seeded.ts';

export const MINUTE_MS = 60_000;
/** The end of an anomaly is told when it was not seen for so long. */
const TOLD_OVER_MS = 5 * MINUTE_MS;

/** One version of an anomaly, written at its time. */
export interface Written {
  readonly atMs: number;
  readonly anomaly: Anomaly;
}

/** Something that really broke: a part of a tenant's services, once or twice. */
export interface Fault {
  readonly tenant: string;
  readonly services: readonly string[];
  /** How many incidents it must be in the end, and in how many generations the last one. */
  readonly incidents: number;
  /** A service that never sends again: its incident stays. */
  readonly isDead: boolean;
  readonly anomalyIds: readonly string[];
}

export interface Plan {
  readonly written: readonly Written[];
  readonly faults: readonly Fault[];
  readonly noise: readonly { readonly tenant: string; readonly id: string }[];
  readonly silences: readonly (Silence & { readonly tenant: string })[];
  readonly edges: readonly Edge[];
  /** Services that send nothing from one moment to the next; never again: Infinity. */
  readonly gone: readonly {
    readonly name: string;
    readonly fromMs: number;
    readonly toMs: number;
  }[];
  readonly endMs: number;
}

const TENANTS = ['shop', 'shop #2'] as const;

/** What breaks in one run: each tenant has the same names, in trees of calls that know nothing of each other. */
export const planOf = (random: Seeded, seen: Set<string>): Plan => {
  const planner = new Planner(random, seen);
  for (const tenant of random.chance(0.3) ? TENANTS : TENANTS.slice(0, 1)) {
    const trees = 1 + random.below(3);
    for (let tree = 0; tree < trees; tree++) planner.breakTree(tenant, tree);
    planner.addNoise(tenant);
  }
  return planner.plan();
};

class Planner {
  private readonly random: Seeded;
  private readonly seen: Set<string>;
  private readonly written: Written[] = [];
  private readonly faults: Fault[] = [];
  private readonly noise: { tenant: string; id: string }[] = [];
  private readonly silences: (Silence & { tenant: string })[] = [];
  private readonly edges = new Map<string, Edge>();
  private readonly gone: { name: string; fromMs: number; toMs: number }[] = [];

  constructor(random: Seeded, seen: Set<string>) {
    this.random = random;
    this.seen = seen;
  }

  plan(): Plan {
    return {
      written: this.written.toSorted((left, right) => left.atMs - right.atMs),
      faults: this.faults,
      noise: this.noise,
      silences: this.silences,
      edges: [...this.edges.values()],
      gone: this.gone,
      endMs: this.written.reduce((max, { atMs }) => Math.max(max, atMs), START_MS),
    };
  }

  /** A root fails, and whoever calls it, up to the top. */
  breakTree(tenant: string, tree: number): void {
    const { random } = this;
    const depth = 1 + random.below(4);
    const services = Array.from({ length: depth }, (_, level) => `t${tree}-s${level}`);
    for (const [level, service] of services.entries()) {
      const caller = services[level - 1];
      if (caller !== undefined)
        this.edges.set(`${caller} ${service}`, [sourceOf(caller), sourceOf(service)]);
    }
    if (depth === 4) this.seen.add('chain of four');
    const first = this.wave(tenant, services, START_MS + random.below(5 * MINUTE_MS));
    const second = this.secondWave(tenant, services, first);
    this.faults.push({
      tenant,
      services,
      incidents: second === 'later' ? 2 : 1,
      isDead: second === 'never',
      anomalyIds: this.written
        .filter(({ anomaly }) => anomaly.tenant === tenant)
        .filter(({ anomaly }) => services.includes(anomaly.source.service))
        .map(({ anomaly }) => anomaly.id),
    });
  }

  private secondWave(
    tenant: string,
    services: readonly string[],
    endMs: number,
  ): 'soon' | 'later' | 'never' | 'none' {
    const { random } = this;
    const what = random.pick(['soon', 'later', 'never', 'none', 'none', 'none'] as const);
    const [root = ''] = services.toReversed();
    if (what === 'never') {
      this.gone.push({ name: `${tenant} ${root}`, fromMs: endMs, toMs: Infinity });
      this.seen.add('never sends again');
    }
    if (what === 'soon') this.wave(tenant, services, endMs + (35 + random.below(10)) * MINUTE_MS);
    if (what === 'later') this.wave(tenant, services, endMs + (130 + random.below(20)) * MINUTE_MS);
    if (what === 'none' && random.chance(0.3)) {
      const backMs = endMs + (20 + random.below(20)) * MINUTE_MS;
      this.gone.push({ name: `${tenant} ${root}`, fromMs: endMs, toMs: backMs });
      this.seen.add('quiet because it is dead');
    }
    return what;
  }

  /** Answers when it is over. */
  private wave(tenant: string, services: readonly string[], startMs: number): number {
    const { random } = this;
    const endMs = startMs + (3 + random.below(6)) * MINUTE_MS;
    // Some faults are seen by all at once.
    const spreadMs = random.pick([90_000, 1_500]);
    for (const service of services) {
      const kinds = random.chance(0.2) ? (['failures', 'crash'] as const) : (['failures'] as const);
      for (const kind of kinds) {
        const openedMs = startMs + random.below(spreadMs);
        const first = anomalyOf(tenant, service, { kind, openedMs, foundMs: openedMs + 5_000 });
        const band = random.pick(['critical', 'high', 'medium'] as const);
        this.write({ ...first, band });
        if (random.chance(0.3)) {
          const foundMs = openedMs + 20_000 + random.below(60_000);
          this.write({ ...first, band: 'critical', revision: 2, foundMs });
          this.end({ ...first, band: 'critical', revision: 2, foundMs }, endMs);
        } else this.end({ ...first, band }, endMs);
      }
    }
    return endMs;
  }

  private write(anomaly: Anomaly): void {
    this.written.push({ atMs: anomaly.foundMs, anomaly });
  }

  private end(anomaly: Anomaly, overMs: number): void {
    const endedMs = overMs + TOLD_OVER_MS;
    this.written.push({ atMs: endedMs, anomaly: { ...anomaly, endedMs } });
  }

  /** What must open nothing: small, silenced, or over before anybody looked. */
  addNoise(tenant: string): void {
    const { random } = this;
    const openedMs = START_MS + random.below(5 * MINUTE_MS);
    const noisy = (service: string, change: Partial<Anomaly>): Anomaly =>
      anomalyOf(tenant, service, { openedMs, foundMs: openedMs + 5_000, ...change });
    const small = noisy('noise-small', { band: 'low' });
    const silenced = noisy('noise-silenced', {});
    const old = noisy('noise-old', {
      openedMs: openedMs - 200 * MINUTE_MS,
      endedMs: openedMs - 100 * MINUTE_MS,
    });
    for (const anomaly of [small, silenced, old]) {
      if (anomaly.endedMs === null) {
        this.write(anomaly);
        this.end(anomaly, openedMs + 3 * MINUTE_MS);
      } else this.written.push({ atMs: openedMs, anomaly });
      this.noise.push({ tenant, id: anomaly.id });
    }
    this.silences.push({
      id: 'silence_1',
      tenant,
      kind: 'maintenance',
      pattern: {
        environment: null,
        namespace: null,
        service: 'noise-silenced',
        kind: null,
        template: null,
      },
      fromMs: START_MS,
      untilMs: openedMs + (random.chance(0.5) ? 20 : 200) * MINUTE_MS,
      hours: null,
      reason: 'works',
      by: 'ada',
      bandMax: null,
    });
  }
}
