import { describe, expect, test } from 'vitest';
import type { Anomaly } from '../../../../lambdas/sre/domain/anomaly.ts';
import type { Incident } from '../../../../lambdas/sre/incidents/incident.ts';
import { openIncident, resolve } from '../../../../lambdas/sre/incidents/life.ts';
import { merge } from '../../../../lambdas/sre/incidents/merge.ts';
import { Nearness, type Edge } from '../../../../lambdas/sre/incidents/near.ts';
import { place, type Board, type Placed } from '../../../../lambdas/sre/incidents/place.ts';
import type { Silence } from '../../../../lambdas/sre/incidents/silence.ts';
import { sourceName } from '../../../../lambdas/sre/domain/summary.ts';
import { anomalyOf } from '../../../support/sre/anomalies.ts';
import { sourceOf, START_MS } from '../../../support/sre/entries.ts';

const TENANT = 'shop';
const NOW_MS = START_MS + 10_000;
const MINUTE_MS = 60_000;
const EMPTY: Board = { version: 0, live: [], past: [], lastOf: new Map(), marks: new Map() };

interface World {
  readonly board?: Partial<Board>;
  readonly edges?: readonly (readonly [string, string])[];
  readonly silences?: readonly Silence[];
  readonly nowMs?: number;
}

const placed = (anomalies: readonly Anomaly[], world: World = {}): Placed =>
  place({
    anomalies,
    board: { ...EMPTY, ...world.board },
    silences: world.silences ?? [],
    nearness: new Nearness(
      (world.edges ?? []).map(([from, to]): Edge => [sourceOf(from), sourceOf(to)]),
    ),
    nowMs: world.nowMs ?? NOW_MS,
  });

const of = (service: string, change: Partial<Anomaly> = {}): Anomaly =>
  anomalyOf(TENANT, service, change);
const live = (anomaly: Anomaly, nowMs = NOW_MS): Incident =>
  openIncident({ anomaly, nowMs, follows: null, isDigest: false }).after;
const kinds = ({ verdicts }: Placed): readonly string[] =>
  [...verdicts.values()].map(({ kind }) => kind).toSorted();
const membersOf = ({ changes }: Placed): readonly (readonly string[])[] =>
  changes.map(({ after }) => after.members.map(({ source }) => source.service).toSorted());

describe('where an anomaly goes', () => {
  test('a first one opens an incident, a low one none', () => {
    expect(kinds(placed([of('cart')]))).toEqual(['opened']);
    expect(kinds(placed([of('cart', { band: 'low' })]))).toEqual(['small']);
  });

  test('a low one is evidence in what is open already', () => {
    const board = { live: [live(of('cart'))] };
    expect(kinds(placed([of('cart', { band: 'low', kind: 'burn' })], { board }))).toEqual([
      'joined',
    ]);
  });

  test('a caller, its caller, and a sibling by what both call are one incident in one write', () => {
    const edges = [
      ['web', 'cart'],
      ['cart', 'db'],
      ['mail', 'db'],
    ] as const;
    const one = placed([of('web'), of('cart'), of('db'), of('mail')], { edges });
    expect(membersOf(one)).toEqual([['cart', 'db', 'mail', 'web']]);
    expect(one.changes[0]?.after).toMatchObject({ revision: 1, newsRevision: 1, anomalyCount: 4 });
  });

  test('two that one caller calls are two incidents, and so are staging and production', () => {
    const edges = [
      ['web', 'cart'],
      ['web', 'mail'],
    ] as const;
    expect(placed([of('cart'), of('mail')], { edges }).changes).toHaveLength(2);
    const staging = of('cart', { source: { ...sourceOf('cart'), environment: 'staging' } });
    expect(placed([of('cart'), staging]).changes).toHaveLength(2);
  });

  test('where nothing is traced, a line that names the other service is enough, a part of a word is not', () => {
    const naming = (text: string) => of('web', { template: { id: 'T1', text } });
    const board = { live: [live(of('cart'))] };
    expect(kinds(placed([naming('no answer of cart:8080')], { board }))).toEqual(['joined']);
    expect(kinds(placed([naming('no answer of cartridge')], { board }))).toEqual(['opened']);
  });

  test('a key of the gateway is an incident of its own', () => {
    const key = of('key_1', { kind: 'spend' });
    const board = { live: [live(of('cart'))] };
    const naming = { ...key, template: { id: 'T1', text: 'cart' } };
    expect(kinds(placed([naming], { board }))).toEqual(['opened']);
  });

  test('the same version again changes nothing, a worse one makes the incident worse', () => {
    const cart = of('cart');
    const incident = live(cart);
    const marks = new Map([
      [cart.id, { anomalyId: cart.id, incidentId: incident.id, revision: 1, isEnded: false }],
    ]);
    const board = { live: [incident], marks };
    expect(placed([cart], { board })).toMatchObject({ changes: [], marks: [] });
    const worse = placed([{ ...cart, revision: 2, band: 'critical' }], { board });
    expect(worse.changes[0]).toMatchObject({
      after: { band: 'critical', revision: 2, newsRevision: 2 },
      step: { kind: 'worse' },
    });
    const ended = placed([{ ...cart, endedMs: NOW_MS }], { board });
    expect(ended.changes[0]).toMatchObject({ after: { newsRevision: 1 }, step: { kind: 'noted' } });
  });

  test('what is over for an hour opens nothing, what is over for less does', () => {
    const over = of('cart', { endedMs: START_MS + 10 * MINUTE_MS });
    expect(kinds(placed([over], { nowMs: START_MS + 30 * MINUTE_MS }))).toEqual(['opened']);
    expect(kinds(placed([over], { nowMs: START_MS + 90 * MINUTE_MS }))).toEqual(['over']);
  });

  test('within the hour the same incident opens again, later a new one that follows it', () => {
    const first = live(of('cart'));
    const gone = resolve(first, {
      atMs: NOW_MS + MINUTE_MS,
      by: 'ada',
      kind: 'resolved',
      text: '',
    }).after;
    const lastOf = new Map([[sourceName(sourceOf('cart')), gone.id]]);
    const again = of('cart', { openedMs: START_MS + 20 * MINUTE_MS });
    const board = { past: [gone], lastOf };
    const soon = placed([again], { board, nowMs: START_MS + 20 * MINUTE_MS });
    expect(soon.changes[0]?.after).toMatchObject({ id: gone.id, generation: 2, resolvedMs: null });
    const later = placed([again], { board, nowMs: START_MS + 90 * MINUTE_MS });
    expect(later.changes[0]?.after).toMatchObject({ generation: 1, follows: gone.id });
    expect(later.changes[0]?.after.id).not.toBe(gone.id);
  });

  test('what was in a merged incident goes on in the one that took it in', () => {
    const [cart, mail] = [of('cart'), of('mail')];
    const [older, gone] = merge(live(cart), live(mail, NOW_MS + 1), { atMs: NOW_MS, by: 'ada' });
    const marks = new Map([
      [mail.id, { anomalyId: mail.id, incidentId: gone.after.id, revision: 1, isEnded: false }],
    ]);
    const board = { live: [older.after], past: [gone.after], marks };
    const worse = placed([{ ...mail, revision: 2, band: 'critical' }], { board });
    expect(worse.changes.map(({ after }) => after.id)).toEqual([older.after.id]);
  });

  test('a silence holds while it lasts, for what it names; noise that gets worse is told', () => {
    const silence: Silence = {
      id: 'silence_1',
      kind: 'noise',
      pattern: { environment: null, namespace: null, service: 'cart', kind: null, template: null },
      fromMs: START_MS,
      untilMs: START_MS + MINUTE_MS,
      hours: null,
      reason: 'known',
      by: 'ada',
      bandMax: 'high',
    };
    const silences = [silence];
    expect(kinds(placed([of('cart')], { silences }))).toEqual(['silenced']);
    expect(kinds(placed([of('mail')], { silences }))).toEqual(['opened']);
    expect(kinds(placed([of('cart', { band: 'critical' })], { silences }))).toEqual(['opened']);
    const nowMs = silence.untilMs;
    expect(kinds(placed([of('cart')], { silences, nowMs }))).toEqual(['opened']);
  });

  test('the incident that has its source and kind already takes it in, though an older one is near', () => {
    const older = live(of('gateway'), NOW_MS - MINUTE_MS);
    const holder = live(of('cart'), NOW_MS);
    const later = of('cart', { id: `${of('cart').id}z` });
    const { changes } = placed([later], {
      board: { live: [older, holder] },
      edges: [['gateway', 'cart']],
    });
    expect(changes.map(({ after }) => after.id)).toEqual([holder.id]);
  });

  test('a storm opens ten incidents and one digest, whatever comes', () => {
    const storm = Array.from({ length: 500 }, (_, index) => of(`s${String(index)}`));
    const { changes, marks } = placed(storm);
    expect(changes.filter(({ after }) => !after.isDigest)).toHaveLength(10);
    const digests = changes.filter(({ after }) => after.isDigest);
    expect(digests).toHaveLength(1);
    expect(digests[0]?.after.anomalyCount).toBe(490);
    expect(marks).toHaveLength(500);
  });

  test('a hundred live incidents are as many as there are: what would open or reopen one goes into the digest', () => {
    const old = NOW_MS - 60 * MINUTE_MS;
    const full = Array.from({ length: 100 }, (_, index) => live(of(`s${String(index)}`), old));
    const over = { atMs: NOW_MS - MINUTE_MS, by: 'ada', kind: 'resolved', text: '' } as const;
    const gone = resolve(live(of('cart'), old), over).after;
    const board = {
      live: full,
      past: [gone],
      lastOf: new Map([[sourceName(sourceOf('cart')), gone.id]]),
    };
    const keys = Array.from({ length: 50 }, (_, index) =>
      of(`key_${String(index)}`, { kind: 'spend' }),
    );
    const { changes, verdicts } = placed([of('cart'), of('new'), ...keys], { board });
    expect(changes.map(({ after }) => after.isDigest)).toEqual([true]);
    expect(new Set([...verdicts.values()].map(({ kind }) => kind))).toEqual(new Set(['digest']));
  });

  test('what was merged is one fault of the ten that a storm may open', () => {
    const parts = Array.from({ length: 12 }, (_, index) => live(of(`s${String(index)}`)));
    const [taker, ...others] = parts;
    const past = others.map((one) => ({ ...one, resolvedMs: NOW_MS, mergedInto: taker?.id ?? '' }));
    expect(
      placed([of('cart')], { board: { live: parts.slice(0, 1), past } }).changes[0]?.after,
    ).toMatchObject({ isDigest: false });
  });
});
