import { describe, expect, test } from 'vitest';
import type { AnomalyChange } from '../../../../lambdas/sre/domain/conclude.ts';
import { BUCKET_MS, type Entry } from '../../../../lambdas/sre/domain/summary.ts';
import { blockAt, entryAt, SHAPE, START_MS } from '../../../support/sre/entries.ts';
import { FoldedTenant, foundIn as found } from '../../../support/sre/folded-tenant.ts';

class Tenant extends FoldedTenant {
  /** Everything of one bucket arrives before it is over; then it is evaluated. */
  step(timeMs: number, ...entries: readonly Entry[]): readonly AnomalyChange[] {
    const fresh = entries.length === 0 ? [] : [blockAt(timeMs + 4_000, ...entries)];
    return this.evaluate(timeMs + 9_000, fresh);
  }

  /** So many quiet buckets up to the moment. */
  static after(buckets: number, ...services: readonly string[]): Tenant {
    const tenant = new Tenant();
    for (let left = buckets; left > 0; left--) {
      const timeMs = START_MS - left * BUCKET_MS;
      tenant.step(timeMs, ...services.map((service) => entryAt(service, timeMs)));
    }
    expect(tenant.changes).toEqual([]);
    return tenant;
  }
}

const at = (bucket: number): number => START_MS + bucket * BUCKET_MS;
const TIMED_OUT = {
  ...SHAPE,
  text: 'upstream timed out',
  signals: [{ group: 'timeout', weight: 700 }],
  count: 30,
} as const;
const burst = (service: string, bucket: number, change: Partial<Entry> = {}): Entry =>
  entryAt(service, at(bucket), { records: 40, failing: 30, shapes: [TIMED_OUT], ...change });

describe('an anomaly', () => {
  test('is announced once for as long as it lasts, and ends after five quiet minutes', () => {
    const tenant = Tenant.after(40, 'cart', 'pay');
    const [anomaly] = found(tenant.step(at(0), burst('cart', 0), entryAt('pay', at(0))));
    expect(anomaly).toMatchObject({
      kind: 'failures',
      path: 'windowed',
      band: 'high',
      revision: 1,
      openedMs: at(0),
      source: { service: 'cart' },
      template: { id: 'T1', text: 'upstream timed out' },
      why: 'cart failed 30 times within 30 s, where none is usual: "upstream timed out".',
      facts: { failures: 30, usual_failures: 0, rule: 'one bucket' },
    });
    expect(anomaly?.samples).toEqual([expect.stringMatching(/^[0-9a-f]{64}#0$/)]);
    for (let bucket = 1; bucket < 6; bucket++)
      expect(tenant.step(at(bucket), burst('cart', bucket), entryAt('pay', at(bucket)))).toEqual(
        [],
      );
    for (let bucket = 6; bucket <= 50; bucket++)
      tenant.step(at(bucket), entryAt('cart', at(bucket)), entryAt('pay', at(bucket)));
    expect(tenant.changes.slice(1)).toEqual([
      { kind: 'ended', id: anomaly?.id, endedMs: at(36) + 9_000 },
    ]);
  });

  test('comes again, as another one, when it comes again', () => {
    const tenant = Tenant.after(40, 'cart', 'pay');
    for (let bucket = 0; bucket <= 60; bucket++)
      tenant.step(
        at(bucket),
        bucket % 60 === 0 ? burst('cart', bucket) : entryAt('cart', at(bucket)),
        entryAt('pay', at(bucket)),
      );
    const ids = found(tenant.changes).map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
    expect(ids).toEqual(ids.toSorted());
  });

  test('is told again when it gets worse: five services make it critical', () => {
    const services = ['cart', 'pay', 'search', 'ship', 'stock'];
    const tenant = Tenant.after(40, ...services);
    const [first] = found(
      tenant.step(
        at(0),
        burst('cart', 0),
        ...services.slice(1).map((name) => entryAt(name, at(0))),
      ),
    );
    const next = found(tenant.step(at(1), ...services.map((name) => burst(name, 1))));
    expect(next.map(({ band }) => band)).toEqual(Array.from({ length: 5 }, () => 'critical'));
    const worse = next.find(({ source }) => source.service === 'cart');
    expect([worse?.id, worse?.revision]).toEqual([first?.id, 2]);
    expect(worse?.others.map(({ service }) => service).toSorted()).toEqual(services.slice(1));
  });

  test('of one environment says nothing of another one', () => {
    const staging = { environment: 'staging', namespace: '', service: 'pay' };
    const tenant = Tenant.after(40, 'cart');
    const changes = tenant.step(at(0), burst('cart', 0), { ...burst('pay', 0), source: staging });
    expect(found(changes).map(({ others }) => others)).toEqual([[]]);
  });

  test('is one line that needs no window, whatever is known of its service', () => {
    const tenant = new Tenant();
    const oom = {
      ...SHAPE,
      text: 'java.lang.OutOfMemoryError: Java heap space',
      signals: [{ group: 'oom', weight: 950 }],
      severity: 21,
    } as const;
    const entry = entryAt('cart', at(0), { records: 1, failing: 1, severity: 21, shapes: [oom] });
    expect(found(tenant.step(at(0), entry))).toMatchObject([
      {
        kind: 'oom',
        path: 'immediate',
        band: 'critical',
        why: 'cart ran out of memory: "java.lang.OutOfMemoryError: Java heap space".',
      },
    ]);
    expect(found(tenant.step(at(1), { ...entry, bucket: entry.bucket + 1 }))).toEqual([]);
  });

  test('of one line is one, whatever else the line is a sign of', () => {
    const both = {
      ...SHAPE,
      text: 'fatal error: out of memory',
      signals: [
        { group: 'crash', weight: 950 },
        { group: 'oom', weight: 950 },
      ],
    } as const;
    const entry = entryAt('cart', at(0), { failing: 1, shapes: [both] });
    expect(found(new Tenant().step(at(0), entry)).map(({ kind }) => kind)).toEqual(['oom']);
  });

  test('is no old line that comes hours late', () => {
    const entry = entryAt('cart', at(-600), { failing: 1, shapes: [SHAPE] });
    expect(new Tenant().step(at(0), entry)).toEqual([]);
  });

  test('is nearly everything that fails, at once, of few requests a second too', () => {
    const tenant = Tenant.after(40, 'cart', 'pay');
    const slow = { records: 4, requests: 4, failing: 4, statuses: { '503': 4 } };
    const all = Array.from({ length: 6 }, (_, bucket) =>
      tenant.step(at(bucket), entryAt('cart', at(bucket), slow), entryAt('pay', at(bucket))),
    );
    expect(found(all.flat())).toMatchObject([
      { kind: 'failures', band: 'high', source: { service: 'cart' } },
    ]);
  });

  test('is nothing that clients did wrong, however much of it', () => {
    const tenant = Tenant.after(40, 'cart', 'pay');
    for (const status of ['400', '404', '409', '422']) {
      const noise = {
        records: 500,
        requests: 500,
        clientFaults: 480,
        statuses: { [status]: 480 },
        severity: 17,
        shapes: [{ ...SHAPE, text: 'bad request', signals: [], count: 480 }],
      };
      for (let bucket = 0; bucket < 4; bucket++)
        tenant.step(at(bucket), entryAt('cart', at(bucket), noise), entryAt('pay', at(bucket)));
    }
    expect(tenant.changes).toEqual([]);
  });

  test('is a service that falls silent while another one speaks, until it speaks again', () => {
    const tenant = Tenant.after(40, 'cart', 'pay');
    for (let bucket = 0; bucket < 10; bucket++) tenant.step(at(bucket), entryAt('pay', at(bucket)));
    const [anomaly] = found(tenant.changes);
    expect(anomaly).toMatchObject({
      kind: 'went_silent',
      band: 'high',
      source: { service: 'cart' },
      foundMs: at(3) + 9_000,
      why: 'Nothing has come from cart for 30 s, where 10 records every 10 s are usual, while other services still send.',
    });
    tenant.step(at(10), entryAt('cart', at(10)), entryAt('pay', at(10)));
    expect(tenant.changes.slice(1)).toEqual([
      { kind: 'ended', id: anomaly?.id, endedMs: at(10) + 9_000 },
    ]);
  });

  test('is a whole tenant that is silent for a minute, and then no service of it', () => {
    const tenant = Tenant.after(40, 'cart', 'pay');
    for (let bucket = 0; bucket < 20; bucket++) tenant.step(at(bucket));
    const [anomaly] = found(tenant.changes);
    expect(tenant.changes).toHaveLength(1);
    expect(anomaly).toMatchObject({
      kind: 'telemetry_lost',
      band: 'critical',
      source: { service: '' },
      openedMs: at(0),
      foundMs: at(6) + 9_000,
      why: 'Nothing has come from any service for 60 s.',
    });
    tenant.step(at(20), entryAt('cart', at(20)), entryAt('pay', at(20)));
    expect(tenant.changes.slice(1)).toMatchObject([{ kind: 'ended', id: anomaly?.id }]);
  });

  test('is no exporter that sends once a minute, nor a service that rarely speaks', () => {
    const tenant = new Tenant();
    for (let bucket = -60; bucket < 40; bucket++) {
      const batch = bucket % 6 === 0 ? [entryAt('cart', at(bucket), { records: 60 })] : [];
      const rare = bucket % 9 === 0 && bucket < 0 ? [entryAt('cron', at(bucket))] : [];
      tenant.step(at(bucket), entryAt('pay', at(bucket)), ...batch, ...rare);
    }
    expect(tenant.changes).toEqual([]);
  });
});
