import { expect, test } from 'vitest';
import type { DialectRun } from '../../../lambdas/threads/dialects/formats/dialect.ts';
import {
  DIALECTS,
  nativeNameOf,
  newestPins,
  pinnedDialect,
  versionOf,
} from '../../../lambdas/threads/dialects/formats/dialects.ts';
import { RUN, bracketStart, logged, terminal } from '../../support/run-events.ts';

/** A later version of the native dialect: it says more, so places in it are others. */
const SECOND = versionOf({
  version: 'native.v2',
  start: (run: DialectRun) => ({ run, next: 0 }),
  step: ({ run, next }, { event }) => [
    { run, next: next + 2 },
    [next, next + 1].map((ordinal) => ({ ordinal, text: `${event.type} ${ordinal}`, ends: false })),
  ],
});
const UPGRADED = { ...DIALECTS, native: [...DIALECTS.native, SECOND] };
const EVENTS = logged([bracketStart, terminal('run.completed')]);

test('a run that began before an upgrade is told as it was, one that begins after it as it is now', () => {
  const before = newestPins();
  const after = newestPins([], UPGRADED);
  expect(before['native']).toBe(1);
  expect(after['native']).toBe(2);
  const told = (pins: Readonly<Record<string, number>>) =>
    EVENTS.flatMap(pinnedDialect(pins, 'native', UPGRADED).teller(RUN)).map(
      ({ ordinal }) => ordinal,
    );
  expect(told(before)).toEqual([0, 1]);
  expect(told(after)).toEqual([0, 1, 2, 3]);
});

test('a run that is older than a dialect has its first version', () => {
  expect(pinnedDialect({}, 'native', UPGRADED)).toBe(DIALECTS.native[0]);
});

test('a function of before a deployment does not guess what one of after it told', () => {
  expect(() => pinnedDialect(newestPins([], UPGRADED), 'native')).toThrow(
    expect.objectContaining({ code: 'storage_unavailable' }),
  );
});

test('what a new run keeps names every dialect, of the aliases those alone that its project speaks', () => {
  const every = Object.keys(DIALECTS).toSorted();
  expect(Object.keys(newestPins(['qlaud'])).toSorted()).toEqual(every);
  expect(Object.keys(newestPins()).toSorted()).toEqual(every.filter((name) => name !== 'qlaud'));
  expect(nativeNameOf(newestPins(['qlaud']))).toBe('qlaud');
  expect(nativeNameOf(newestPins())).toBe('native');
});
