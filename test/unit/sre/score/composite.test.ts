import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SIGNAL_GROUPS, SIGNAL_WEIGHTS } from '../../../../lambdas/sre/domain/signal.ts';
import { bandOf, scoreAnomaly, type Evidence } from '../../../../lambdas/sre/score/composite.ts';
import { NO_EVIDENCE } from '../../../../lambdas/sre/score/no-evidence.ts';

const signal = (group: keyof typeof SIGNAL_WEIGHTS) => ({ group, weight: SIGNAL_WEIGHTS[group] });
const alone = { services: 1, velocity: null, novelty: 'new' } as const;
/** Thirty time-outs of a service in ten seconds. */
const BURST: Evidence = {
  ...NO_EVIDENCE,
  signals: [signal('timeout')],
  severity: 17,
  statistics: { z: 9.8, failingShare: 0.4 },
  context: { services: 1, velocity: { times: 30, isFirst: true }, novelty: 'known' },
  failures: 30,
};
const scored = (change: Partial<Evidence>, base = BURST) => scoreAnomaly({ ...base, ...change });

describe('a composite score', () => {
  test('is its parts and one adjustment, exactly, for any evidence', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const count = fc.nat(1_000);
    const evidence: fc.Arbitrary<Evidence> = fc.record({
      immediate: fc.option(fc.integer({ min: 0, max: 24 })),
      signals: fc.option(fc.uniqueArray(fc.constantFrom(...SIGNAL_GROUPS.map(signal)))),
      severity: fc.option(fc.integer({ min: 0, max: 24 })),
      frames: fc.nat(40),
      exceptionType: fc.option(fc.string()),
      statistics: fc.option(
        fc.record({
          z: fc.option(fc.double({ min: -50, max: 500, noNaN: true })),
          failingShare: fc.option(share),
        }),
      ),
      context: fc.option(
        fc.record({
          services: fc.integer({ min: 1, max: 9 }),
          velocity: fc.option(
            fc.record({
              times: fc.double({ min: 0, max: 100, noNaN: true }),
              isFirst: fc.boolean(),
            }),
          ),
          novelty: fc.constantFrom('new', 'few', 'known'),
        }),
      ),
      statuses: fc.option(
        fc.dictionary(fc.constantFrom('200', '404', '429', '500', '502', '503', '504'), count),
      ),
      failures: count,
      clientFaults: count,
      authFaults: count,
      requests: count,
      rateRule: fc.nat(3),
      silence: fc.nat(3),
      burn: fc.option(fc.constantFrom('14x over 1 h', '6x over 6 h')),
      drift: fc.option(
        fc.record({
          z: fc.double({ min: -50, max: 50, noNaN: true }),
          hours: fc.constantFrom(3, 24),
          times: fc.double({ min: 0, max: 100, noNaN: true }),
          severity: fc.constantFrom('medium', 'low'),
        }),
      ),
    });
    fc.assert(
      fc.property(evidence, (one) => {
        const { parts, adjustment, score, band } = scoreAnomaly(one);
        const sum = parts.reduce((total, { points }) => total + points, adjustment.points);
        expect(sum).toBe(score);
        expect(Number.isInteger(score) && score >= 0 && score <= 1_000).toBe(true);
        expect(band).toBe(bandOf(score));
        expect((adjustment.points === 0) === (adjustment.name === 'none')).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['medium', 6, 'medium', 'none'],
    ['medium', 40, 'medium', 'cap: a drift of this kind is medium at most'],
    ['medium', 2.5, 'medium', 'floor: drift'],
    ['low', 40, 'low', 'cap: a drift of this kind is low at most'],
    ['low', 2.5, 'low', 'floor: drift'],
  ] as const)(
    'of a drift that may be %s, %d deviations off, is %s: %s',
    (severity, z, band, name) => {
      const { adjustment, ...score } = scoreAnomaly({
        ...NO_EVIDENCE,
        drift: { z, hours: 3, times: 1.3, severity },
      });
      expect([score.band, adjustment.name]).toEqual([band, name]);
    },
  );

  test('says its reasons in words that need no table', () => {
    const because = (change: Partial<Evidence>) =>
      scored(change).parts.flatMap((part) => part.because);
    const before = (times: number, isFirst: boolean) =>
      because({ context: { services: 1, velocity: { times, isFirst }, novelty: 'known' } });
    expect(before(106, true)).toContain('no failure in the five minutes before');
    expect(before(106, false)).toContain('106 times as many failures as before');
    expect(because({ statuses: { '503': 106, '502': 1 } })).toContain('106 answers of status 503');
    expect(because({ statuses: { '504': 1 } })).toContain('1 answer of status 504');
  });

  test('gives the weight of what does not apply to the others', () => {
    const { parts, score, band } = scoreAnomaly({
      ...NO_EVIDENCE,
      immediate: 21,
      signals: [signal('oom')],
      severity: 21,
      failures: 1,
    });
    expect(parts.map(({ category, weight, points }) => [category, weight, points])).toEqual([
      ['pattern', 750, 712],
      ['severity', 250, 250],
    ]);
    expect([score, band]).toEqual([962, 'critical']);
  });

  test('adds reasons of a category as probabilities do', () => {
    const { parts } = scored({ signals: [signal('timeout'), signal('connection')] });
    expect(parts[0]).toMatchObject({ value: 895, because: ['timeout', 'connection'] });
  });

  test.each<[string, Partial<Evidence>, string | null, string]>([
    ['a burst of time-outs', {}, 'high', 'none'],
    ['a burst that no signal knows', { signals: [] }, 'medium', 'none'],
    ['a burst of 500s', { statuses: { '500': 30 } }, 'high', 'none'],
    ['nearly all fails', { signals: [], rateRule: 1 }, 'high', 'floor: nearly all fails'],
    ['in two services', { rateRule: 2 }, 'critical', 'floor: nearly all fails in 2 services'],
    [
      'five services deviate',
      { signals: [], context: { services: 5, velocity: null, novelty: 'known' } },
      'critical',
      'floor: 5 services',
    ],
    ['four records', { failures: 4 }, null, 'cap: fewer than 5 records'],
    ['only INFO lines', { severity: 9 }, null, 'cap: nothing above INFO'],
    ['500s in an access log at INFO', { severity: 9, statuses: { '500': 30 } }, 'high', 'none'],
    ['clients', { failures: 6, clientFaults: 24 }, null, 'cap: what clients did wrong'],
    ['fewer clients', { failures: 7, clientFaults: 24 }, 'high', 'none'],
    [
      'refused logins, less than half of the requests',
      { failures: 1, authFaults: 40, requests: 100 },
      null,
      'cap: what clients did wrong',
    ],
    [
      'nobody can log in',
      { failures: 0, authFaults: 60, requests: 100, statuses: { '401': 60 } },
      'high',
      'none',
    ],
  ])('%s', (_, change, band, adjustment) => {
    const score = scored(change);
    expect([score.band, score.adjustment.name]).toEqual([band, adjustment]);
  });

  test.each([
    [21, 850],
    [17, 650],
    [13, 450],
  ])('an immediate line of severity %i scores %i at least, alone', (immediate, floor) => {
    const low = { group: 'resource', weight: 100 } as const;
    const { score } = scored(
      { immediate, signals: [low], severity: immediate, context: alone, failures: 1 },
      NO_EVIDENCE,
    );
    expect(score).toBe(floor);
  });

  test('silence and slow burns need no lines', () => {
    const silent = { statistics: null, context: { ...alone, novelty: 'known' } } as const;
    expect(scored({ ...silent, silence: 1 }, NO_EVIDENCE).band).toBe('high');
    expect(scored({ ...silent, silence: 2 }, NO_EVIDENCE).band).toBe('critical');
    const burn = { ...silent, failures: 30, signals: [], severity: 17 };
    expect(scored({ ...burn, burn: '6x over 6 h' }, NO_EVIDENCE)).toMatchObject({ score: 450 });
    expect(scored({ ...burn, burn: '14x over 1 h' }, NO_EVIDENCE)).toMatchObject({ score: 650 });
  });

  test('bands begin where they are published', () => {
    expect([850, 849, 650, 649, 450, 449, 400, 399].map(bandOf)).toEqual([
      'critical',
      'high',
      'high',
      'medium',
      'medium',
      'low',
      'low',
      null,
    ]);
  });
});
