import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Block, Omission } from '../../../lambdas/inference/turn/turn.ts';
import { OMISSIONS_MAX } from '../../../lambdas/threads/domain/limits.ts';
import { recordOmissions } from '../../../lambdas/threads/domain/record-omissions.ts';
import type { MessageStep, RunSettings } from '../../../lambdas/threads/domain/thread.ts';
import { renderMessage } from '../../../lambdas/threads/dialects/native/formats/message-format.ts';
import { readMessages } from '../../../lambdas/threads/usecases/read-messages.ts';
import { PLACE, step } from '../../support/thread-rows.ts';
import { turnRoom, type TurnRoom } from '../../support/turn-room.ts';
import { text } from '../../support/turns.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

let upstream: Upstream;
let turns: TurnRoom;
beforeEach(async () => {
  upstream = await startUpstream();
  turns = await turnRoom(upstream.url);
});
afterEach(() => upstream.stop());

let appended = 0;
const append = async (role: MessageStep['role'], model: string | null, ...content: Block[]) => {
  appended++;
  const record = { requestId: `a${appended}`, bodyHash: 'b', expiresAtMs: Date.now() + 60_000 };
  await turns.deps.store.append(PLACE, record, [{ ...step(Date.now()), role, model, content }]);
};
/** One turn, and its answer as the audit view shows it. */
const answered = async (words: string, settings: Partial<RunSettings> = {}): Promise<object> => {
  const { run, events } = await turns.post(words, { settings });
  for await (const _page of events) continue;
  const thread = await turns.deps.store.get(PLACE);
  if (thread === null) throw new Error('the thread is gone');
  const page = { afterSeq: run.seq - 1, beforeSeq: null, order: 'asc', limit: 1 } as const;
  const { messages } = await readMessages(turns.deps, thread, page);
  const view = { ...PLACE, superseded: [], resumeCursor: null };
  return renderMessage({ ...view, steps: messages[0]?.steps ?? [] }, 'audit');
};
const WINDOW_TOKENS = 128_000;

describe('what a model was not told stands in the audit view', () => {
  test('messages that do not fit its window, by their numbers', async () => {
    const half = 'x'.repeat((WINDOW_TOKENS * 3) / 2);
    await append('user', null, text('the very first'));
    await append('assistant', 'gpt-4o-mini', text(half));
    await append('user', null, text(half));
    const row = await answered('hello');
    expect(row).toMatchObject({
      status: 'complete',
      steps: [{ omissions: [{ kind: 'history', path: 'seq 1-2' }] }],
    });
    expect(JSON.stringify(upstream.bodies.at(-1)).match(/x{100}/g)).toHaveLength(1_920);
  });

  test('nothing while all of it fits', async () => {
    await append('user', null, text('the very first'));
    expect(await answered('hello')).toMatchObject({ steps: [{ omissions: [] }] });
    expect(JSON.stringify(upstream.bodies.at(-1))).toContain('the very first');
  });

  test('thinking of another model, by its place in what was sent', async () => {
    await append('user', null, text('think'));
    const thought: Block = { type: 'thinking', thinking: 'hmm', signature: 'c2ln' };
    await append('assistant', 'claude-haiku-4-5', thought, text('done'));
    expect(await answered('hello')).toMatchObject({
      steps: [{ omissions: [{ kind: 'thinking', path: '1.content.0' }] }],
    });
    expect(JSON.stringify(upstream.bodies.at(-1))).not.toContain('hmm');
  });

  test('and no more of it than fits a row: the newest, and how many more', () => {
    const thinking = (index: number): Omission => ({
      kind: 'thinking',
      path: `${index}.content.0`,
      reason: 'of another model',
    });
    const history: Omission = { kind: 'history', path: 'seq 1-9', reason: 'older' };
    const many = Array.from({ length: OMISSIONS_MAX + 50 }, (_, index) => thinking(index));
    const listed = recordOmissions([history, ...many]);
    expect(listed).toHaveLength(OMISSIONS_MAX + 1);
    expect(listed.slice(0, 2)).toEqual([
      history,
      { kind: 'more', path: 'messages', reason: '51 before these' },
    ]);
    expect(listed.at(-1)).toEqual(many.at(-1));
    expect(recordOmissions(many.slice(0, 5))).toEqual(many.slice(0, 5));
  });
});
