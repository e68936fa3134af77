import { expect, test } from 'vitest';
import { NATIVE_VERSIONS } from '../../../lambdas/threads/dialects/native/formats/native-dialect.ts';
import {
  NEWEST_VERSIONS,
  newestPins,
  pinnedVersion,
} from '../../../lambdas/threads/domain/dialect-pins.ts';
import { versionOf, type DialectRun } from '../../../lambdas/threads/domain/dialect.ts';
import { DIALECTS } from '../../support/dialects.ts';
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
const UPGRADED = [...NATIVE_VERSIONS, SECOND];
const NEWEST_AFTER = { ...NEWEST_VERSIONS, native: 2 };
const EVENTS = logged([bracketStart, terminal('run.completed')]);

test('a run that began before an upgrade is told as it was, one that begins after it as it is now', () => {
  const before = newestPins();
  const after = newestPins([], NEWEST_AFTER);
  expect(before['native']).toBe(1);
  expect(after['native']).toBe(2);
  const ordinals = (pins: Readonly<Record<string, number>>) =>
    EVENTS.flatMap(pinnedVersion(pins, 'native', UPGRADED).renderer(RUN)).map(
      ({ ordinal }) => ordinal,
    );
  expect(ordinals(before)).toEqual([0, 1]);
  expect(ordinals(after)).toEqual([0, 1, 2, 3]);
});

test('a run that is older than a dialect has its first version', () => {
  expect(pinnedVersion({}, 'native', UPGRADED)).toBe(NATIVE_VERSIONS[0]);
});

test('a function of before a deployment does not guess what one of after it told', () => {
  expect(() => pinnedVersion(newestPins([], NEWEST_AFTER), 'native', NATIVE_VERSIONS)).toThrow(
    expect.objectContaining({ code: 'storage_unavailable' }),
  );
});

test('the newest version of each dialect is the last of its own list', () => {
  const counted = Object.entries(DIALECTS).map(([name, versions]) => [name, versions.length]);
  expect(NEWEST_VERSIONS).toEqual(Object.fromEntries(counted));
});

test('what a new run keeps names every dialect, of the aliases those alone that its project speaks', () => {
  const every = Object.keys(NEWEST_VERSIONS).toSorted();
  expect(Object.keys(newestPins(['qlaud'])).toSorted()).toEqual(every);
  expect(Object.keys(newestPins()).toSorted()).toEqual(every.filter((name) => name !== 'qlaud'));
});
