import { describe, expect, test } from 'vitest';
import type { LogRecord } from '../../../../lambdas/sre/domain/log-record.ts';
import { developmentDataProblem } from '../../../support/development-data.ts';
import { sourceOf, START_MS } from '../../../support/sre/entries.ts';
import { FoldedTenant } from '../../../support/sre/folded-tenant.ts';
import { healthyShop } from '../../../support/sre/healthy-shop.ts';
import { lengthOf, play, shifted } from '../../../support/sre/play.ts';
import { recordOf } from '../../../support/sre/records.ts';

const every = (gapMs: number, minutes: number, change: (index: number) => Partial<LogRecord>) =>
  Array.from({ length: (minutes * 60_000) / gapMs }, (_, index) =>
    recordOf({ timeMs: START_MS + index * gapMs, ...change(index) }),
  );

const request = (status: number): Partial<LogRecord> => ({
  severity: status >= 400 ? 17 : 9,
  text: status >= 400 ? `request failed with status ${status}` : 'request served',
  http: { status, method: 'GET', route: '/carts/{id}', durationMs: 12 },
});

describe('noise', () => {
  test.skipIf(developmentDataProblem !== null)(
    `of a healthy shop is no anomaly, and a fault in it is one (${developmentDataProblem ?? 'Nezha'})`,
    () => {
      for (const recording of healthyShop()) {
        expect(recording.length).toBeGreaterThan(2_000);
        const stepMs = lengthOf(recording);
        const tenant = new FoldedTenant();
        for (let round = 0; round < 8; round++)
          play(tenant, shifted(recording, START_MS + round * stepMs));
        expect(tenant.found().map(({ why }) => why)).toEqual([]);
        const faults = Array.from({ length: 40 }, (_, index) =>
          recordOf({
            timeMs: index * 200,
            source: { ...sourceOf('ts-order-service'), environment: '' },
            severity: 17,
            text: 'Connection refused: ts-order-mongo/10.0.0.7:27017',
          }),
        );
        const startMs = START_MS + 8 * stepMs;
        play(tenant, [...shifted(recording, startMs), ...shifted(faults, startMs)]);
        expect(tenant.found()).toMatchObject([
          { kind: 'failures', band: 'high', source: { service: 'ts-order-service' } },
        ]);
      }
    },
  );

  test.each([400, 404, 409, 422])('of %i in a service is no anomaly, however much', (status) => {
    const tenant = new FoldedTenant();
    const quiet = every(250, 8, () => request(200));
    const loud = every(50, 3, (index) => request(index % 10 === 0 ? 200 : status));
    play(tenant, [...quiet, ...shifted(loud, START_MS + 8 * 60_000)]);
    expect(tenant.found()).toEqual([]);
  });

  test('of 404 hides no 500s among it', () => {
    const tenant = new FoldedTenant();
    const quiet = every(100, 8, (index) => request(index % 2 === 0 ? 200 : 404));
    const loud = every(100, 1, (index) =>
      request([200, 404, 404, 404, 404, 500][index % 6] ?? 200),
    );
    play(tenant, [...quiet, ...shifted(loud, START_MS + 8 * 60_000)]);
    const found = tenant.found();
    expect(new Set(found.map(({ id }) => id)).size).toBe(1);
    expect(found.at(-1)).toMatchObject({
      kind: 'failures',
      band: 'high',
      template: { text: 'request failed with status 500' },
    });
  });

  test('of a service that always fails a little, or always fails, is no anomaly', () => {
    const tenant = new FoldedTenant();
    play(
      tenant,
      every(200, 20, (index) => request(index % 12 === 0 ? 503 : 200)),
    );
    play(
      tenant,
      every(1_000, 20, () => ({ severity: 17, text: 'no route found', source: sourceOf('cron') })),
    );
    expect(tenant.found()).toEqual([]);
  });
});
