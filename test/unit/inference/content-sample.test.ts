import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logContentSampler } from '../../../lambdas/inference/adapters/log-content-sampler.ts';
import { contentSample } from '../../../lambdas/inference/adapters/content-sample.ts';
import { readStageConfig } from '../../../lib/shared/stage-config.ts';
import { engineRoom, textOf } from '../../support/engine-room.ts';
import { stageApp } from '../../support/stage.ts';
import { turnRoom } from '../../support/turn-room.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

let upstream: Upstream;
beforeAll(async () => void (upstream = await startUpstream()));
afterAll(() => upstream.stop());

const body = (content: unknown) => ({
  messages: [
    { role: 'user', content: 'earlier' },
    { role: 'user', content },
  ],
});
const call = {
  requestId: 'req_1',
  keyId: 'key_1',
  model: 'gpt-4o-mini',
  body: body('hello'),
  answer: 'hi',
};
const sampler = (share: number, random: number) => {
  const logged: unknown[] = [];
  const sampling = logContentSampler({
    share,
    random: () => random,
    log: (...line) => void logged.push(line),
  });
  sampling.offer(call);
  return logged;
};

describe('content in the logs', () => {
  test('is not there at a share of 0, whatever is drawn', () => {
    expect([sampler(0, 0), sampler(0, 0.999)]).toEqual([[], []]);
  });

  test('of a share of the calls carries the ids of the call', () => {
    expect(sampler(0.1, 0.1)).toEqual([]);
    expect(sampler(0.1, 0.0999)).toEqual([
      [
        'content sample',
        {
          request_id: 'req_1',
          key_id: 'key_1',
          model: 'gpt-4o-mini',
          prompt: 'hello',
          answer: 'hi',
        },
      ],
    ]);
  });

  test('is the text of the last message alone, and no image', () => {
    const parts = [
      { type: 'text', text: 'look' },
      { type: 'image_url', image_url: { url: 'data:AAAA' } },
    ];
    expect(contentSample(body(parts), '').prompt.trim()).toBe('look');
    expect(contentSample(body(null), '')).toEqual({ prompt: '', answer: '' });
    expect(contentSample('no messages', 'x')).toEqual({ prompt: '', answer: 'x' });
  });

  test('is at most 2,000 characters of each, the newest ones', () => {
    const { prompt, answer } = contentSample(body(`${'a'.repeat(9_000)}end`), 'b'.repeat(9_000));
    expect([prompt.length, answer.length]).toEqual([2_000, 2_000]);
    expect(prompt.endsWith('aend')).toBe(true);
  });

  test.each([
    'slk_live_0123456789abcdef_secretsecretsecret_crc1',
    'sk-proj-abcdefghijklmnop',
    'ghp_abcdefghijklmnopqrstuv',
    'AKIAABCDEFGHIJKLMNOP',
    'Bearer abc.def-ghi',
    'eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl',
    '-----BEGIN RSA PRIVATE KEY-----\nMIIE\nAAAA\n-----END RSA PRIVATE KEY-----',
    '-----BEGIN PRIVATE KEY-----\nMIIE, and the rest is cut off',
  ])('has no secret in it: %j', (secret) => {
    for (const text of [secret, `before ${secret} after`]) {
      const sample = contentSample(body(text), text);
      for (const shown of [sample.prompt, sample.answer]) {
        expect(shown).toContain('[secret]');
        expect(shown).not.toContain(secret);
      }
    }
    expect(contentSample(body('postgres://app:hunter2@db/x'), '').prompt).toBe(
      'postgres://app:[secret]@db/x',
    );
  });

  test('is masked before it is cut, so that no half of a secret is left', () => {
    const secret = `sk-${'q'.repeat(100)}`;
    const text = `${secret} ${'x'.repeat(1_950)}`;
    expect(contentSample(body(text), text).answer).not.toContain('q');
  });
});

describe('a call is offered for a sample', () => {
  test('once, with what it was asked and answered: streamed, whole, and as a turn of a thread', async () => {
    const room = engineRoom(upstream.url);
    await room.mint();
    await textOf(await room.call({ stream: true }));
    await textOf(await room.call({}));
    expect(room.sampled).toMatchObject([
      { keyId: expect.stringMatching(/^key_/), answer: expect.stringContaining('word0') },
      { answer: 'Hello', body: { messages: [{ content: 'hi' }] } },
    ]);
    const thread = await turnRoom(upstream.url);
    const posted = await thread.post('hi there', {});
    for await (const _ of posted.events);
    expect(thread.room.sampled).toMatchObject([
      { body: { messages: [{ content: 'hi there' }] }, answer: expect.stringContaining('word0') },
    ]);
  });

  test('not when nothing came of it', async () => {
    const room = engineRoom(upstream.url);
    await room.mint();
    await textOf(await room.call({ messages: [{ role: 'user', content: 'fail' }] }));
    expect(room.sampled).toEqual([]);
  });
});

describe('the setting of a stage', () => {
  const warning = Match.stringLikeRegexp('contentSampleShare is');

  test('is off by default, without a word', () => {
    const { service } = stageApp();
    Annotations.fromStack(service).hasNoWarning('*', warning);
    expect(readStageConfig({ stage: 'test' }).contentSampleShare).toBe(0);
  });

  test('warns at the synth when it is on', () => {
    const { service } = stageApp({ contentSampleShare: '0.01' });
    Annotations.fromStack(service).hasWarning('*', warning);
  });

  test.each(['2', '-1', 'all', '0.0001'])('of %s fails the synth and names itself', (share) => {
    expect(() => readStageConfig({ stage: 'test', contentSampleShare: share })).toThrow(
      /contentSampleShare/,
    );
  });
});
