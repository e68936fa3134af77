import { describe, expect, test } from 'vitest';
import { hourAdditions } from '../../../lambdas/ledger/adapters/usage-row.ts';
import type { Settlement } from '../../../lambdas/ledger/domain/usage.ts';
import { targetOf } from '../../../ops/target.ts';
import type { HourFigures, LedgerFigures, SecretText } from '../../../ops/ports.ts';
import { eachBounded } from '../../../ops/usecases/each-bounded.ts';
import { listProviders, removeProvider, setProvider } from '../../../ops/usecases/provider-keys.ts';
import { reconcileKey, type ReconcileDeps } from '../../../ops/usecases/reconcile.ts';
import { KEY_ID, settlementOf } from '../../support/key-items.ts';

const NOW = Date.UTC(2026, 10, 24, 12, 30);
const DAY_MS = 86_400_000;

const secretOf = (text: string): SecretText & { readonly text: () => string } => {
  let stored = text;
  return {
    text: () => stored,
    read: async () => await Promise.resolve(stored),
    write: async (next) => {
      stored = next;
      await Promise.resolve();
    },
  };
};
const entry = { apiKey: null, baseUrl: null, dialect: null };

describe('provider keys', () => {
  test('the secret that CloudFormation made names no provider, and takes the first one', async () => {
    const secret = secretOf('{"unset":"gibberish"}');
    expect(await listProviders(secret)).toEqual([]);
    await setProvider(secret, { ...entry, name: 'openai', apiKey: 'sk-1' });
    expect(JSON.parse(secret.text())).toEqual({ openai: { api_key: 'sk-1' } });
  });

  test('a key takes the place of a simulated provider, and keeps the base URL of a real one', async () => {
    const secret = secretOf(
      '{"openai":{"base_url":"http://sim","simulated":true},"acme":{"base_url":"http://acme"}}',
    );
    await setProvider(secret, { ...entry, name: 'openai', apiKey: 'sk-1' });
    await setProvider(secret, { ...entry, name: 'acme', apiKey: 'sk-2' });
    expect(JSON.parse(secret.text())).toEqual({
      openai: { api_key: 'sk-1' },
      acme: { api_key: 'sk-2', base_url: 'http://acme' },
    });
    expect(JSON.stringify(await listProviders(secret))).not.toContain('sk-');
  });

  test.each([
    ['', 'No key was given'],
    ['sk-a b', 'white space'],
    ['sk-ü', 'ASCII'],
  ])('%j is refused as a key', async (apiKey, message) => {
    const secret = secretOf('{}');
    await expect(setProvider(secret, { ...entry, name: 'openai', apiKey })).rejects.toThrow(
      message,
    );
    expect(secret.text()).toBe('{}');
  });

  test('a provider that is not there is not removed', async () => {
    await expect(removeProvider(secretOf('{}'), 'openai')).rejects.toThrow('not configured');
  });
});

/** A ledger of one key whose readings a test writes down, first to last; the last one stays. */
const auditOf = (script: {
  readonly spent: readonly number[];
  readonly events: readonly Settlement[];
  readonly hours?: readonly ReadonlyMap<string, HourFigures>[];
}) => {
  const figures = (spentNanoUsd: number): LedgerFigures => ({
    keyId: KEY_ID,
    projectId: 'p',
    period: 'lifetime',
    window: 'lifetime',
    capNanoUsd: 1_000,
    spentNanoUsd,
    availableNanoUsd: 1_000 - spentNanoUsd,
    heldNanoUsd: 0,
    last: null,
  });
  const next = <T>(list: readonly T[]): (() => T | undefined) => {
    let index = 0;
    return () => list[Math.min(index++, list.length - 1)];
  };
  const spent = next(script.spent);
  const hours = next(script.hours ?? [hoursOf(script.events)]);
  const replaced: ReadonlyMap<string, number>[] = [];
  const audit: ReconcileDeps['audit'] = {
    figures: async () => await Promise.resolve(figures(spent() ?? 0)),
    hours: async () => await Promise.resolve(hours() ?? new Map()),
    events: async function* events() {
      yield* await Promise.resolve(script.events);
    },
    replaceHour: async (_sample, rebuilt) => {
      replaced.push(rebuilt);
      return await Promise.resolve(true);
    },
    raiseSpent: async () => await Promise.resolve(true),
  };
  return { audit, replaced };
};
const hoursOf = (events: readonly Settlement[]): Map<string, Map<string, number>> => {
  const rows = new Map<string, Map<string, number>>();
  for (const event of events) {
    const hour = new Date(event.settledAtMs).toISOString().slice(0, 13);
    const row = rows.get(hour) ?? new Map<string, number>();
    for (const [name, value] of Object.entries(hourAdditions(event)))
      row.set(name, (row.get(name) ?? 0) + value);
    rows.set(hour, row);
  }
  return rows;
};
const run = async (audit: ReconcileDeps['audit'], repair = false) => {
  let pauses = 0;
  const deps = {
    audit,
    usage: { record: async () => await Promise.resolve(false) },
    nowMs: () => NOW,
    pause: async () => {
      pauses += 1;
      await Promise.resolve();
    },
  };
  const report = await reconcileKey(deps, { keyId: KEY_ID, repair, repairSpent: false });
  return { report, pauses };
};
const event = (id: string, cost: number, atMs = NOW) => settlementOf(id, cost, atMs);

describe('reconcile', () => {
  test('a call that settles while it looks is no difference', async () => {
    const { audit } = auditOf({ spent: [100, 200], events: [event('a', 100), event('b', 50)] });
    const { report, pauses } = await run(audit);
    expect(report).toMatchObject({ difference_nano_usd: 0, is_clean: true });
    expect(pauses).toBe(0);
  });

  test('a stream that is behind is waited for, and no longer than that', async () => {
    const { audit } = auditOf({ spent: [100], events: [event('a', 60)] });
    const { report, pauses } = await run(audit);
    expect(report).toMatchObject({ difference_nano_usd: 40, is_clean: false });
    expect(pauses).toBe(3);
  });

  test('an hour that changes while it looks is not judged, and never written over', async () => {
    const events = [event('a', 100)];
    const moving = [10, 20, 30, 40, 50, 60, 70, 80].map(
      (requests) => new Map([['2026-11-24T12', new Map([['requests', requests]])]]),
    );
    const { audit, replaced } = auditOf({ spent: [100], events, hours: moving });
    const { report } = await run(audit, true);
    expect(report).toMatchObject({ wrong_hours: [], is_clean: true });
    expect(replaced).toEqual([]);
  });

  test('a wrong hour is rebuilt to what its events add up to', async () => {
    const events = [event('a', 100), event('b', 20)];
    const wrong = new Map([['2026-11-24T12', new Map([['cost', 'poison']])]]);
    const { audit, replaced } = auditOf({ spent: [120], events, hours: [wrong] });
    const { report } = await run(audit, true);
    expect(report).toMatchObject({ wrong_hours: [{ repaired: true }], is_clean: true });
    expect(replaced).toEqual([hoursOf(events).get('2026-11-24T12')]);
  });

  test('an hour without any event is told and left as it is', async () => {
    const stray = new Map([['2026-11-24T11', new Map([['cost', 5]])]]);
    const { audit, replaced } = auditOf({ spent: [0], events: [], hours: [stray] });
    const { report } = await run(audit, true);
    expect(report).toMatchObject({ wrong_hours: [{ repaired: false }], is_clean: false });
    expect(replaced).toEqual([]);
  });

  test('hours whose events have ended count as their rows say', async () => {
    const old = hoursOf([event('old', 70, NOW - 401 * DAY_MS)]);
    const fresh = [event('a', 30)];
    const rows = new Map([...old, ...hoursOf(fresh)]);
    const { audit } = auditOf({ spent: [100], events: fresh, hours: [rows] });
    const { report } = await run(audit);
    expect(report).toMatchObject({ settled_nano_usd: 100, difference_nano_usd: 0, is_clean: true });
  });
});

describe('tools', () => {
  test('a stack of an older release is refused by the output that it lacks', () => {
    expect(() => targetOf('stage old', 'us-east-1', { StageName: 'old' }, null)).toThrow(
      /stage old has no output BaseUrl/,
    );
  });

  test('work runs for every item, never more at once than allowed, and the first failure ends it', async () => {
    let running = 0;
    let most = 0;
    const done: number[] = [];
    await eachBounded([1, 2, 3, 4, 5], 2, async (item) => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      done.push(item);
    });
    expect(done.toSorted((left, right) => left - right)).toEqual([1, 2, 3, 4, 5]);
    expect(most).toBe(2);
    const failing = eachBounded([1, 2], 1, async () => await Promise.reject(new Error('first')));
    await expect(failing).rejects.toThrow('first');
  });
});
