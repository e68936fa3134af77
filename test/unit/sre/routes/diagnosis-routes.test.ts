import { beforeEach, describe, expect, test } from 'vitest';
import { createKeyBody } from '../../../../lambdas/gateway/formats/key-format.ts';
import { LIST_PRICES } from '../../../../lambdas/inference/models/own-prices.ts';
import { createKey } from '../../../../lambdas/gateway/usecases/manage-keys.ts';
import { dynamoKeyRegister } from '../../../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { AppError } from '../../../../lambdas/shared/app-error.ts';
import { parseSecret } from '../../../../lambdas/shared/secret.ts';
import { tableDiagnosisSettings } from '../../../../lambdas/sre/adapters/table-diagnosis-settings.ts';
import { diagnosisRoutes } from '../../../../lambdas/sre/routes/diagnosis-routes.ts';
import { diagnosisKey } from '../../../../lambdas/sre/usecases/diagnosis-key.ts';
import { MemoryTables } from '../../../support/memory-tables.ts';

const TENANT = 'project_default';
let keys: ReturnType<typeof dynamoKeyRegister>;
let diagnoses: ReturnType<typeof tableDiagnosisSettings>;
let ask: (method: string, body?: object) => Promise<unknown>;
beforeEach(async () => {
  const tables = new MemoryTables();
  keys = dynamoKeyRegister({ tables });
  diagnoses = tableDiagnosisSettings({ tables });
  const made = createKeyBody.parse({ name: 'admin', scope: 'admin' });
  const { secret } = await createKey({ keys, mode: 'test', nowMs: Date.now() }, TENANT, made);
  const routes = diagnosisRoutes({
    keys,
    diagnoses,
    stagePrices: { book: async () => LIST_PRICES },
  });
  ask = async (method, body = {}) => {
    const request = {
      requestId: 'r',
      holdId: 'h',
      secret: parseSecret(secret),
      route: `${method} /v1/diagnosis`,
      path: '/v1/diagnosis',
      params: {},
      query: {},
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
    };
    const answer = await routes[request.route]?.(request, Object({ functionName: 'sre' }));
    return answer?.body;
  };
});

const refusal = async (asked: Promise<unknown>): Promise<unknown> =>
  await asked.then(
    () => null,
    (error: unknown) => (error instanceof AppError ? error.code : error),
  );

describe('settings of diagnoses', () => {
  test('name no model until somebody does, and each field changes alone', async () => {
    const none = { model: null, min_severity: 'high', max_spend_usd_per_day: 1, key_id: null };
    expect(await ask('GET')).toEqual({ object: 'diagnosis_settings', ...none });
    await ask('PATCH', { model: 'gpt-4o-mini' });
    expect(await ask('PATCH', { max_spend_usd_per_day: 0.25 })).toMatchObject({
      model: 'gpt-4o-mini',
      min_severity: 'high',
      max_spend_usd_per_day: 0.25,
    });
    expect(await ask('PATCH', { model: null })).toMatchObject({ model: null });
  });

  test.each([
    ['a model that is nobody’s', { model: 'no-such-model' }],
    ['a name without a price, which no cap can hold', { model: 'claude-sonet-5-5' }],
    ['nothing', {}],
    ['a severity that is none', { min_severity: 'awful' }],
    ['a cap of nothing', { max_spend_usd_per_day: 0 }],
    ['a field that is none', { model: 'gpt-4o-mini', key_id: 'key_1' }],
  ])('refuse %s', async (_name, body) => {
    expect(await refusal(ask('PATCH', body))).toBe('invalid_request');
  });

  test('take a model without a price where no cap is to hold it, and no cap for one that has none', async () => {
    const free = { model: 'claude-sonet-5-5', max_spend_usd_per_day: null };
    expect(await ask('PATCH', free)).toMatchObject(free);
    expect(await refusal(ask('PATCH', { max_spend_usd_per_day: 1 }))).toBe('invalid_request');
    expect(await ask('GET')).toMatchObject(free);
  });

  test('show the key that pays; one that was revoked is followed by another with the next change', async () => {
    await ask('PATCH', { model: 'gpt-4o-mini' });
    const keyOf = async (): Promise<string> =>
      await diagnosisKey(
        { keys },
        { tenant: TENANT, settings: await diagnoses.get(TENANT), nowMs: 1 },
      );
    const first = await keyOf();
    expect(await ask('GET')).toMatchObject({ key_id: first });
    await keys.revoke(TENANT, first, 2);
    expect(await keyOf()).toBe(first);
    await ask('PATCH', { min_severity: 'medium' });
    expect(await ask('GET')).toMatchObject({ key_id: null });
    expect(await keyOf()).not.toBe(first);
  });
});
