import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { laptopSuite } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { eventually } from '../support/stack.ts';
import { allFrames, threadClient } from '../support/thread-client.ts';

const TITLE = 'word0 word1 word2 word3 word4';
const threadView = z.looseObject({ title: z.string().nullable() });
const usage = z.looseObject({
  by_feature: z.array(z.looseObject({ feature: z.string().nullable(), cost_micros: z.number() })),
});

laptopSuite('titles', 'an emulator runs what a run starts long after its test', () => {
  const e2e = sharedE2e();
  beforeAll(async () => await e2e.start());
  afterAll(async () => await e2e.stop());

  const client = async (fields: object = {}) => {
    const key = await e2e.mint({ user_id: 'ada', ...fields });
    const api = threadClient(e2e, key.secret);
    const title = async (thread: string) =>
      threadView.parse(await (await api.api('GET', `/v1/threads/${thread}`)).json()).title;
    return { ...api, key, title };
  };
  const logs = (): string => {
    const dir = join(e2e.stack.stateDir, 'logs');
    return readdirSync(dir)
      .map((name) => readFileSync(join(dir, name), 'utf8'))
      .join('');
  };
  const titleCalls = () =>
    e2e.upstream.bodies.filter((body) => JSON.stringify(body).includes('<conversation>'));

  test('a thread that asks for a title has one after its first answer, once, paid by its own key', async () => {
    const ada = await client();
    const thread = await ada.open({ generate_title: true });
    const before = titleCalls().length;
    const told = await allFrames(await ada.post(thread, 'hello'));
    expect(told.at(-1)?.event).toBe('run.completed');
    await eventually(async () => expect(await ada.title(thread)).toBe(TITLE));
    await allFrames(await ada.post(thread, 'again'));
    await eventually(async () => {
      const answer = await e2e.api('GET', '/v1/usage?group_by=feature', ada.key.secret);
      const rows = usage.parse(await answer.json()).by_feature;
      expect(rows.find(({ feature }) => feature === 'thread-title')?.cost_micros).toBe(14);
    });
    expect(titleCalls()).toHaveLength(before + 1);
    // One limit, by the name that the model wants: its provider refuses both together.
    expect(titleCalls().at(-1)).toMatchObject({ model: 'gpt-4o-mini', max_completion_tokens: 40 });
    expect(titleCalls().at(-1)).not.toHaveProperty('max_tokens');
  });

  test('a turn may ask for it too, and the title of a person stays', async () => {
    const ada = await client();
    const plain = await ada.open();
    await allFrames(await ada.post(plain, 'hello', { generate_title: true }));
    await eventually(async () => expect(await ada.title(plain)).toBe(TITLE));
    const named = await ada.open({ title: 'mine', generate_title: true });
    const before = titleCalls().length;
    await allFrames(await ada.post(named, 'hello', { generate_title: true }));
    expect([await ada.title(named), titleCalls().length]).toEqual(['mine', before]);
  });

  test('a title that is refused harms no answer, and the next answer tries again', async () => {
    const ada = await client({ allowed_models: ['gpt-4o'] });
    const thread = await ada.open({ generate_title: true });
    const told = await allFrames(await ada.post(thread, 'hello', { model: 'gpt-4o' }));
    expect(told.at(-1)?.event).toBe('run.completed');
    await eventually(async () => expect(logs()).toContain('title not made'));
    expect(await ada.title(thread)).toBeNull();
    await e2e.admin('PATCH', `/v1/keys/${ada.key.id}`, {
      allowed_models: ['gpt-4o', 'gpt-4o-mini'],
    });
    await allFrames(await ada.post(thread, 'again', { model: 'gpt-4o' }));
    await eventually(async () => expect(await ada.title(thread)).toBe(TITLE));
  });
});
