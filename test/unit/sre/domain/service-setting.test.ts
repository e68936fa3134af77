import { expect, test } from 'vitest';
import { ANY, settingFor } from '../../../../lambdas/sre/domain/service-setting.ts';

const at = (environment: string, namespace: string, service: string) => ({
  environment,
  namespace,
  service,
});
const setting = (environment: string, namespace: string) => ({
  source: at(environment, namespace, 'checkout'),
  sensitivity: 'low' as const,
  mutedUntilMs: null,
  owner: null,
});

test('a service that is set by its name is set wherever it runs, unless a place is set by itself', () => {
  const settings = [setting(ANY, ANY), setting('prod', 'shop'), setting('prod', ANY)];
  expect(settingFor(settings, at('prod', 'shop', 'checkout'))).toBe(settings[1]);
  expect(settingFor(settings, at('prod', 'x', 'checkout'))).toBe(settings[2]);
  expect(settingFor(settings, at('', '', 'checkout'))).toBe(settings[0]);
  expect(settingFor(settings, at('', '', 'other'))).toBeNull();
  expect(settingFor([setting('prod', 'shop')], at('', 'shop', 'checkout'))).toBeNull();
});
