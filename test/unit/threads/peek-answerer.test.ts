import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LoggedEvent, RunEvent } from '../../../lambdas/threads/domain/run-event.ts';
import { peekAnswerer } from '../../../lambdas/threads/routes/peek-answerer.ts';
import { bracketEnd, bracketStart, logged, terminal, told } from '../../support/run-events.ts';

const BY = { model: 'claude-haiku-4-5', provider: 'anthropic' };
const START: RunEvent =
  bracketStart.type === 'message_start'
    ? { ...bracketStart, message: { ...bracketStart.message, by: BY } }
    : bracketStart;
const REST = [...told(0, { type: 'text', text: '' }, ['Sunny']), ...bracketEnd('end_turn')];
const END = terminal('run.completed');

type Page = readonly LoggedEvent[];
const paged = (...pages: readonly (readonly RunEvent[])[]): readonly Page[] => pages.map(logged);
async function* pagesOf(pages: readonly Page[], before?: Promise<void>): AsyncGenerator<Page> {
  await before;
  yield* pages;
}
const allOf = async (pages: AsyncIterable<Page>): Promise<readonly Page[]> => {
  const all: Page[] = [];
  for await (const page of pages) all.push(page);
  return all;
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('who answers, as the headers of a stream look for it', () => {
  test('is the one whose turn begins, after whatever came before it', async () => {
    const resumed: RunEvent = { type: 'run.resumed', epoch: 2, restart: true };
    const told = paged([resumed], [START], REST, [END]);
    const { by, pages } = await peekAnswerer(pagesOf(told));
    expect(by).toEqual(BY);
    expect(await allOf(pages)).toEqual(told);
  });

  test.each([
    ['that failed before anybody began', paged([terminal('run.failed')])],
    ['that waits for somebody', paged([{ type: 'run.requires_action', tool_use_ids: ['c1'] }])],
    ['of before it was written down', paged([bracketStart, ...REST], [END])],
    ['without an event', []],
  ])('is nobody in a run %s, and all of it is told', async (_, told) => {
    const { by, pages } = await peekAnswerer(pagesOf(told));
    expect(by).toBeNull();
    expect(await allOf(pages)).toEqual(told);
  });

  test('is nobody where none begins within two seconds, and what comes then is told', async () => {
    const begins = Promise.withResolvers<void>();
    const told = paged([START], REST, [END]);
    const peeked = peekAnswerer(pagesOf(told, begins.promise));
    let isOver = false;
    void peeked.then(() => (isOver = true));
    await vi.advanceTimersByTimeAsync(1_999);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    const { by, pages } = await peeked;
    expect(by).toBeNull();
    begins.resolve();
    expect(await allOf(pages)).toEqual(told);
    expect(vi.getTimerCount()).toBe(0);
  });
});
