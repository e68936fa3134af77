import { describe, expect, test } from 'vitest';
import type { Route } from '../../../../lambdas/sre/tickets/destination.ts';
import { routingOf } from '../../../../lambdas/sre/tickets/routing.ts';
import { SOURCE } from '../../../support/sre/delivered.ts';

const route = (given: Partial<Route>): Route => ({
  bands: null,
  services: null,
  environments: null,
  owners: null,
  hours: null,
  send: 'ticket',
  ...given,
});
const FACTS = {
  band: 'medium' as const,
  members: [{ source: SOURCE, kind: 'oom' as const }],
  owners: ['payments'],
};
const OFFICE = {
  timeZone: 'Europe/Berlin',
  days: [1, 2, 3, 4, 5],
  fromMinute: 9 * 60,
  untilMinute: 17 * 60,
};
const at = (text: string): number => Date.parse(text);
const routed = (routes: readonly Route[], nowMs = at('2026-11-30T10:00:00Z')) =>
  routingOf({ routes, isPaused: false }, FACTS, nowMs);

describe('routes', () => {
  test('the first that matches decides, and none is one of them', () => {
    expect(routed([route({ environments: ['production'], send: 'none' }), route({})])).toEqual({
      kind: 'none',
      because: 'Route 1 sends nothing.',
    });
    expect(routed([route({ environments: ['staging'], send: 'none' }), route({})])).toEqual({
      kind: 'send',
    });
    expect(routed([route({ bands: ['critical'] })])).toEqual({
      kind: 'none',
      because: 'No route matches.',
    });
  });

  test.each([
    [{ bands: ['medium' as const] }, 'send'],
    [{ services: ['checkout', 'cart'] }, 'send'],
    [{ services: ['cart'] }, 'none'],
    [{ owners: ['payments'] }, 'send'],
    [{ owners: ['search'] }, 'none'],
  ])('%j is %s', (given, kind) => {
    expect(routed([route(given)]).kind).toBe(kind);
  });

  test.each([
    // Berlin is an hour ahead of UTC in winter, two in summer.
    ['2026-11-30T08:00:00Z', null],
    ['2026-11-30T07:59:00Z', '2026-11-30T08:00:00Z'],
    ['2026-11-30T16:00:00Z', '2026-12-01T08:00:00Z'],
    ['2026-11-27T20:00:00Z', '2026-11-30T08:00:00Z'],
    ['2026-07-04T12:00:00Z', '2026-07-06T07:00:00Z'],
    // The clocks go back on Sunday.
    ['2026-10-24T12:00:00Z', '2026-10-26T08:00:00Z'],
  ])('at %s the hours of an office in Berlin begin at %s', (now, begin) => {
    const routing = routed([route({ hours: OFFICE })], at(now));
    expect(routing).toEqual(
      begin === null ? { kind: 'send' } : { kind: 'wait', untilMs: at(begin) },
    );
  });

  test('a paused destination hears nothing', () => {
    expect(routingOf({ routes: [route({})], isPaused: true }, FACTS, 0).kind).toBe('none');
  });
});
