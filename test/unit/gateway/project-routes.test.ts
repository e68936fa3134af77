import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { gatewayRoom, type GatewayRoom } from '../../support/gateway-room.ts';

const any = z.looseObject({});

let room: GatewayRoom;
beforeEach(async () => void (room = await gatewayRoom()));

const sent = async (status: number, method: string, path: string, body?: object) => {
  const answer = await room.send(method, path, body);
  expect(answer.status, answer.body).toBe(status);
  return any.parse(JSON.parse(answer.body));
};
const cap = async (body: object, status = 200) =>
  await sent(status, 'PATCH', '/v1/project/cap', body);

describe('the cap of a project', () => {
  test('is off by default, set, changed and removed, and every key knows when the answer is there', async () => {
    const off = { state: 'off', cap_micros: null, spent_micros: null, period: null };
    expect(await sent(200, 'GET', '/v1/project/cap')).toMatchObject(off);
    expect(await cap({ max_spend_usd: '2.50', period: 'month' })).toMatchObject({
      object: 'project_cap',
      state: 'active',
      cap_micros: 2_500_000,
      spent_micros: 0,
      held_micros: 0,
      available_micros: 2_500_000,
      share_spent: 0,
      period: 'month',
    });
    expect(await cap({ max_spend_usd: 5 })).toMatchObject({
      cap_micros: 5_000_000,
      period: 'month',
    });
    expect(await cap({ period: 'day' })).toMatchObject({ cap_micros: 5_000_000, period: 'day' });
    expect(await cap({})).toMatchObject({ cap_micros: 5_000_000, period: 'day' });
    expect(await cap({ max_spend_usd: null })).toMatchObject(off);
  });

  test('of nothing is spent from the first moment', async () => {
    expect(await cap({ max_spend_usd: 0 })).toMatchObject({ cap_micros: 0, share_spent: 1 });
  });

  test('leaves a record of who set what', async () => {
    await cap({ max_spend_usd: 5 });
    await cap({ max_spend_usd: 6, period: 'week' });
    await cap({ max_spend_usd: null });
    const { data } = z
      .object({ data: z.array(any) })
      .parse(await sent(200, 'GET', '/v1/project/changes'));
    const records = data.map(({ action, value }) => `${String(action)} ${JSON.stringify(value)}`);
    expect(records.toSorted()).toEqual([
      'changed {"cap_micros":6000000,"period":"week"}',
      'created {"cap_micros":5000000,"period":"lifetime"}',
      'removed null',
    ]);
  });

  test.each([
    ['max_spend_usd', { max_spend_usd: -1 }],
    ['max_spend_usd', { max_spend_usd: 'ten' }],
    ['max_spend', { max_spend: 5 }],
    ['period', { max_spend_usd: 5, period: 'year' }],
    ['period', { period: 'day' }],
    ['period', { max_spend_usd: null, period: 'day' }],
  ])('names %s in %j as what is wrong, and changes nothing', async (param, body) => {
    const { error } = z.object({ error: any }).parse(await cap(body, 400));
    expect(`${String(error['param'])} ${String(error['message'])}`).toContain(param);
    expect(await sent(200, 'GET', '/v1/project/cap')).toMatchObject({ state: 'off' });
  });
});
