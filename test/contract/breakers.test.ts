import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tableBreakers } from '../../lambdas/inference/adapters/table-breakers.ts';
import { tableProviderRates } from '../../lambdas/inference/adapters/table-provider-rates.ts';
import { BREAKER } from '../../lambdas/inference/routing/breaker.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { ENGINES, type Engine } from '../support/engines.ts';
import { through } from '../support/through-tables.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const THING = { projectId: 'p', provider: 'openai', model: 'gpt-5', region: null };

describe.each(ENGINES)('breakers on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let tables: Tables;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => void (tables = await engine.fresh()));
  afterAll(() => engine.close());
  const breakers = (over: Tables = tables, random = 1) =>
    tableBreakers({ tables: over, random: () => random, report: () => undefined });
  const storm = async (): Promise<void> => {
    for (let times = 0; times < BREAKER.failuresMin; times++) await breakers().failed(THING, NOW);
  };

  test('opens for every function by the failures of all, and for that model alone', async () => {
    for (let times = 1; times < BREAKER.failuresMin; times++) {
      await breakers().failed(THING, NOW);
      expect(await breakers().mayAsk(THING, NOW)).toBe(true);
    }
    await breakers().failed(THING, NOW);
    expect(await breakers().mayAsk(THING, NOW + 1)).toBe(false);
    for (const other of [{ projectId: 'q' }, { model: 'gpt-5-mini' }, { region: 'eu' }])
      expect(await breakers().mayAsk({ ...THING, ...other }, NOW + 1)).toBe(true);
  });

  test('lets one of many try when its time is over, and all once that one was answered', async () => {
    await storm();
    const due = NOW + BREAKER.openMs + 1;
    const functions = [1, 2, 3, 4].map(() => breakers());
    const asked = await Promise.all(functions.map(async (one) => await one.mayAsk(THING, due)));
    expect(asked.filter(Boolean)).toHaveLength(1);
    await functions[asked.indexOf(true)]?.succeeded(THING, due + 100);
    expect(await breakers().mayAsk(THING, due + 101)).toBe(true);
  });

  test('lets the next one try when the one that tried died', async () => {
    await storm();
    const due = NOW + BREAKER.openMs + 1;
    expect(await breakers().mayAsk(THING, due)).toBe(true);
    expect(await breakers().mayAsk(THING, due + BREAKER.probeMs - 1)).toBe(false);
    expect(await breakers().mayAsk(THING, due + BREAKER.probeMs)).toBe(true);
  });

  test('stays open twice as long after each try that failed, and not for ever', async () => {
    await storm();
    let nowMs = NOW;
    for (let openMs: number = BREAKER.openMs; openMs < 8 * BREAKER.openMsMax; openMs *= 2) {
      const waitMs = Math.min(openMs, BREAKER.openMsMax);
      expect(await breakers().mayAsk(THING, nowMs + waitMs - 1)).toBe(false);
      nowMs += waitMs;
      expect(await breakers().mayAsk(THING, nowMs)).toBe(true);
      await breakers().failed(THING, nowMs);
    }
  });

  test('functions that fail together come back apart', async () => {
    for (let times = 1; times < BREAKER.failuresMin; times++) await breakers().failed(THING, NOW);
    await breakers(tables, 0).failed(THING, NOW);
    expect(await breakers().mayAsk(THING, NOW + BREAKER.openMs / 2)).toBe(true);
  });

  test('a failure among many good answers opens nothing', async () => {
    const one = breakers();
    for (let times = 0; times < 3 * BREAKER.failuresMin; times++) {
      for (let good = 0; good < 5; good++) await one.succeeded(THING, NOW);
      await one.failed(THING, NOW);
    }
    expect(await breakers().mayAsk(THING, NOW)).toBe(true);
  });

  test('failures far apart open nothing', async () => {
    for (let times = 0; times < 3 * BREAKER.failuresMin; times++)
      await breakers().failed(THING, NOW + times * (BREAKER.spanMs + 1));
    expect(await breakers().mayAsk(THING, NOW + 100 * BREAKER.spanMs)).toBe(true);
  });

  test('good answers write nothing, and what is read is kept for a while', async () => {
    let asked = 0;
    const counting: Tables = {
      ...through(tables),
      get: async (...args) => {
        asked += 1;
        return await tables.get(...args);
      },
      write: async (write) => {
        asked += 1;
        return await tables.write(write);
      },
    };
    const one = breakers(counting);
    for (let times = 0; times < 10; times++) {
      await one.mayAsk(THING, NOW + times);
      await one.succeeded(THING, NOW + times);
    }
    expect(asked).toBe(1);
  });

  test('advise to ask when nothing can be read', async () => {
    const down = async (): Promise<never> => await Promise.reject(new Error('down'));
    const one = breakers({ ...through(tables), get: down, write: down });
    await one.failed(THING, NOW);
    expect(await one.mayAsk(THING, NOW)).toBe(true);
  });

  test('requests to a provider are as many a minute as the project says, whoever sends them', async () => {
    const rates = () => tableProviderRates({ tables });
    const take = async (nowMs: number) => await rates().take('p', 'openai', 3, nowMs);
    const first = await Promise.all([1, 2, 3, 4, 5].map(async () => await take(NOW)));
    expect(first.filter(Boolean)).toHaveLength(3);
    expect(await rates().take('p', 'anthropic', 3, NOW)).toBe(true);
    expect(await take(NOW + 60_000)).toBe(true);
    // Whose clock is behind does not open the minute before again.
    expect([await take(NOW), await take(NOW), await take(NOW)]).toEqual([true, true, false]);
  });
});
