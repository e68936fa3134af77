import { afterEach, describe, expect, test } from 'vitest';
import type { NewKey } from '../../../lambdas/ledger/ports.ts';
import { FAILURES } from '../../support/route-room.ts';
import { events, routedUnits, UNIT_ROWS, type RoutedUnits } from '../../support/routed-units.ts';

/** Names of a project for models that hold no conversation: their bytes, and who answers where one fails. */
let room: RoutedUnits;
const open = async (key: Partial<Omit<NewKey, 'profile'>> = {}): Promise<void> => {
  room = await routedUnits(key);
};
afterEach(() => room.stop());

const CASES = Object.entries(UNIT_ROWS);

describe('a name of the project', () => {
  test.each(CASES)(
    '%s: sends the bytes that its model is sent, and is paid as it',
    async (_, row) => {
      await open({ capNanoUsd: 10_000_000_000 });
      const [model] = row.models;
      await room.route('unit', [model]);
      const plain = await room.say(row, model);
      const spent = (await room.state()).spentNanoUsd;
      const named = await room.say(row, 'unit');
      const [first, second] = room.calls;
      expect(second?.path).toBe(first?.path);
      expect(second?.headers['content-type']).toBe(first?.headers['content-type']);
      expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
      expect(named.bytes.equals(plain.bytes)).toBe(true);
      expect((await room.state()).spentNanoUsd).toBe(2 * spent);
      expect(plain.headers['x-sluice-route']).toBeUndefined();
      expect(named.headers).toMatchObject({
        'x-sluice-route': `unit; tier=free; used=${model}`,
        'x-sluice-model': model,
      });
      expect(await room.last()).toMatchObject({ model, route: named.headers['x-sluice-route'] });
      await room.expectEven();
    },
  );

  const failing = CASES.flatMap(([name, row]) =>
    Object.entries(FAILURES).map(([failure, script]) => [name, failure, row, script] as const),
  );
  test.each(failing)(
    '%s: after %s the next model answers, and is what is paid',
    async (_name, _failure, row, script) => {
      await open({ capNanoUsd: 10_000_000_000 });
      const [first, second] = row.models;
      await room.route('unit', [first, second]);
      room.mood(first, script);
      const answer = await room.say(row, 'unit');
      expect(room.asked()).toEqual([first, second]);
      expect(answer.status).toBe(200);
      expect(answer.headers['x-sluice-route']).toMatch(
        new RegExp(`^unit; tier=free; try=${first}:\\w+; used=${second}$`),
      );
      expect(room.settled()).toMatchObject([{ model: second, status: 'completed' }]);
      await room.expectEven();
    },
  );
});

describe('an error in the place of the first event', () => {
  const error = { type: 'error', error: { message: 'over capacity', type: 'server_error' } };
  const streams = CASES.filter(([name]) => name.endsWith('in events'));
  test.each(streams)('%s: is not shown, by a name or by its model', async (_, row) => {
    for (const isNamed of [true, false]) {
      await open({ capNanoUsd: 10_000_000_000 });
      const [first, second] = row.models;
      const name = isNamed ? 'unit' : first;
      await room.route(name, isNamed ? [first, second] : [second]);
      room.mood(first, events(error));
      const answer = await room.say(row, name);
      expect(answer.bytes.toString('utf8')).not.toContain('over capacity');
      expect(answer.headers['x-sluice-route']).toBe(
        `${name}; tier=free; try=${first}:stream; used=${second}`,
      );
      expect(room.settled()).toMatchObject([{ model: second, status: 'completed' }]);
      await room.expectEven();
      room.stop();
    }
  });

  test('is heard where nobody follows, and costs nothing', async () => {
    await open({ capNanoUsd: 10_000_000_000 });
    const row = UNIT_ROWS['speech in events'];
    room.mood(row.models[0], events(error));
    expect((await room.say(row, row.models[0])).bytes.toString('utf8')).toContain('over capacity');
    expect((await room.state()).spentNanoUsd).toBe(0);
    await room.expectEven();
  });

  test('after a word nobody follows', async () => {
    await open({ capNanoUsd: 10_000_000_000 });
    const row = UNIT_ROWS['transcriptions in events'];
    const [first, second] = row.models;
    await room.route('unit', [first, second]);
    room.mood(first, events({ type: 'transcript.text.delta', delta: 'half' }, error));
    expect((await room.say(row, 'unit')).bytes.toString('utf8')).toContain('half');
    expect(room.asked()).toEqual([first]);
    await room.expectEven();
  });
});
