import { expect, test } from 'vitest';
import { VENDOR_WIRES } from '../../../../lambdas/sre/destinations/vendor-wires.ts';
import { WIRES_UNDER_TEST } from '../../../support/sre/destination-wires.ts';

test.each(WIRES_UNDER_TEST)(
  '$name takes the settings that its wire is tested with',
  ({ parts }) => {
    const { settings, kind } = parts.destination;
    expect(VENDOR_WIRES[kind]?.problem({ settings, secrets: parts.secrets })).toBeNull();
  },
);

test.each(WIRES_UNDER_TEST)('$name says what is missing, misspelt or too much', ({ parts }) => {
  const { settings, kind } = parts.destination;
  const problem = VENDOR_WIRES[kind]?.problem;
  expect(problem?.({ settings, secrets: {} })).toMatch(/^secrets\.[a-z_]+: is missing$/);
  expect(problem?.({ settings: { ...settings, colour: 'red' }, secrets: parts.secrets })).toBe(
    'settings: there is no colour',
  );
  expect(problem?.({ settings: { ...settings, url: 'ftp://x' }, secrets: parts.secrets })).toMatch(
    /^settings\.url: /,
  );
});
