import { describe, expect, test } from 'vitest';
import type { Anomaly } from '../../../../lambdas/sre/domain/anomaly.ts';
import type { Incident } from '../../../../lambdas/sre/incidents/incident.ts';
import {
  changed,
  openIncident,
  reopen,
  resolve,
  takeIn,
  type Change,
} from '../../../../lambdas/sre/incidents/life.ts';
import { anomalyOf } from '../../../support/sre/anomalies.ts';
import { START_MS } from '../../../support/sre/entries.ts';

const MINUTE_MS = 60_000;
const of = (service: string, given: Partial<Anomaly> = {}): Anomaly =>
  anomalyOf('shop', service, given);
const opened = (): Incident =>
  openIncident({ anomaly: of('cart'), nowMs: START_MS, follows: null, isDigest: false }).after;
const over = (incident: Incident, atMs: number): Incident =>
  resolve(incident, { atMs, by: 'sluice', kind: 'resolved', text: 'Quiet.' }).after;
const isTold = ({ before, after }: Change): boolean => after.newsRevision !== before?.newsRevision;

describe('an incident that opens and resolves again and again', () => {
  /** Opened, resolved and opened again, this long after each other. */
  const again = (minutes: number): readonly Change[] => {
    const turns: Change[] = [];
    let incident = opened();
    for (let turn = 1; turn <= 3; turn += 1) {
      const atMs = START_MS + (2 * turn - 1) * minutes * MINUTE_MS;
      const back = reopen(over(incident, atMs), of('cart'), atMs + minutes * MINUTE_MS);
      turns.push(back);
      incident = back.after;
    }
    return turns;
  };

  test('is told to flap with its fourth turn within 20 minutes, once, and then no more', () => {
    const [first, second] = again(3);
    if (first === undefined || second === undefined) throw new Error('it turned twice');
    expect([first.after.flappingSinceMs, isTold(first)]).toEqual([null, true]);
    expect(second.after.flappingSinceMs).toBe(START_MS + 12 * MINUTE_MS);
    expect(isTold(second)).toBe(true);
    expect(second.step.text).toContain('again and again');
    const more = takeIn(second.after, [of('payments')], START_MS + 13 * MINUTE_MS);
    expect(more === null || isTold(more)).toBe(false);
  });

  test('slowly does not flap', () => {
    for (const turn of again(11)) expect(turn.after.flappingSinceMs).toBeNull();
  });

  test('flaps no more once it is resolved', () => {
    const flapping = again(3).at(-1)?.after ?? opened();
    expect(flapping.flappingSinceMs).not.toBeNull();
    expect(over(flapping, START_MS + 60 * MINUTE_MS).flappingSinceMs).toBeNull();
  });
});

describe('a snoozed incident', () => {
  const untilMs = START_MS + 60 * MINUTE_MS;
  const step = { atMs: START_MS, by: 'ada', kind: 'snoozed', text: 'Later.' } as const;
  const snoozed = changed(opened(), { snoozedUntilMs: untilMs }, step, 'none').after;

  test('tells nobody of what joins it, and goes on sleeping', () => {
    const joined = takeIn(snoozed, [of('payments')], START_MS + MINUTE_MS);
    if (joined === null) throw new Error('nothing joined');
    expect([isTold(joined), joined.after.snoozedUntilMs]).toEqual([false, untilMs]);
    const after = takeIn(snoozed, [of('payments')], untilMs);
    expect(after !== null && isTold(after)).toBe(true);
  });

  test('is woken, and told, by what makes it worse', () => {
    const worse = takeIn(snoozed, [of('cart', { band: 'critical' })], START_MS + MINUTE_MS);
    if (worse === null) throw new Error('nothing is worse');
    expect([isTold(worse), worse.after.snoozedUntilMs]).toEqual([true, null]);
    expect(worse.step.kind).toBe('worse');
  });
});
