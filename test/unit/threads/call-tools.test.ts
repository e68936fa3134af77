import { expect, test } from 'vitest';
import type { ToolOutcome } from '../../../lambdas/threads/ports/tools.ts';
import { outcomeOf } from '../../../lambdas/threads/usecases/call-tools.ts';

const USE = { type: 'tool_use', id: 'a', name: 'delete', input: { path: '/' } } as const;

test('a call whose input was cut is never run, and the model is told', async () => {
  let runs = 0;
  const call = async (): Promise<ToolOutcome> => {
    runs++;
    return { kind: 'waits', wants: 'result' };
  };
  expect(await outcomeOf({ ...USE, partial_json: '{"path":"/","only":"/tm' }, call)).toMatchObject({
    kind: 'result',
    status: 'failed',
    block: { tool_use_id: 'a', is_error: true },
  });
  expect(runs).toBe(0);
  expect(await outcomeOf(USE, call)).toEqual({ kind: 'waits', wants: 'result' });
  expect(runs).toBe(1);
});
