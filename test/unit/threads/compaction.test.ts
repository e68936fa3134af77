import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Block, TurnMessage } from '../../../lambdas/inference/turn/turn.ts';
import { encodeMessages } from '../../../lambdas/inference/wires/anthropic-messages/turn-encode.ts';
import { encodeChat } from '../../../lambdas/inference/wires/openai-chat/turn-encode.ts';
import {
  compactionRequest,
  keptMessages,
  summaryBlock,
} from '../../../lambdas/threads/domain/compaction.ts';
import { COMPACT_KEPT_BYTES_MAX, TURN_BYTES_MAX } from '../../../lambdas/threads/domain/limits.ts';
import {
  sealSummary,
  unsealSummary,
} from '../../../lambdas/threads/dialects/responses/formats/responses-compaction.ts';
import { itemMessages } from '../../../lambdas/threads/dialects/responses/formats/input-messages.ts';
import { inputItems } from '../../../lambdas/threads/dialects/responses/formats/responses-input.ts';

const text = (words: string): Block => ({ type: 'text', text: words });
const message = (role: TurnMessage['role'], ...content: Block[]): TurnMessage => ({
  role,
  content,
  model: null,
});
const PICTURE: Block = { type: 'image', source: { type: 'url', url: 'https://e.test/a.png' } };
const CALL: Block = { type: 'tool_use', id: 'c1', name: 'look', input: { at: 1 } };
const RESULT: Block = { type: 'tool_result', tool_use_id: 'c1', content: 'a door' };

describe('the content of a compaction', () => {
  test.each(['plain', 'größer ✓ 🎈', 'a'.repeat(50_000)])('comes back as it was', (summary) => {
    expect(unsealSummary(sealSummary(summary))).toBe(summary);
  });

  test('that was cut, changed or made up is none', () => {
    const content = sealSummary('the door is open');
    const [mark, , sum] = content.split('.');
    const other = Buffer.from('the door is shut').toString('base64url');
    for (const bad of [
      content.slice(0, -1),
      content.slice(1),
      `${content}x`,
      `${mark}.${other}.${sum}`,
      `${mark}..${sum}`,
      'gAAAAABsomebodyelse',
      '',
    ])
      expect(unsealSummary(bad)).toBeNull();
  });
});

describe('the summary of a conversation', () => {
  test('is asked for with words, calls and results, and without anything that wants tools', () => {
    const request = compactionRequest('gpt-4o-mini', 'Be kind.', [
      message('system', text('rules')),
      message('user', text('what is there'), PICTURE),
      message('assistant', { type: 'thinking', thinking: 'hidden' }, text('let me see'), CALL),
      message('user', RESULT),
    ]);
    expect(request?.messages).toEqual([
      message(
        'user',
        text(
          '<conversation>\nsystem: rules\nuser: what is there\nuser: [image]\nassistant: let me see\n' +
            'assistant calls look: {"at":1}\nresult: a door\n</conversation>',
        ),
      ),
    ]);
    expect(request?.system).toContain('Be kind.');
    expect(request?.tools).toEqual([]);
  });

  test('is not asked for when nothing was said', () => {
    expect(compactionRequest('gpt-4o-mini', 'Be kind.', [])).toBeNull();
    expect(compactionRequest('gpt-4o-mini', null, [message('user', text(' \n'))])).toBeNull();
  });

  test('stands beside the words of the user alone, not those of tools and former summaries', () => {
    const kept = keptMessages([
      message('user', summaryBlock('before'), text('one'), PICTURE),
      message('assistant', text('answer'), CALL),
      message('user', RESULT),
      message('system', text('rules')),
      message('user', summaryBlock('once more')),
      message('user', text('two')),
    ]);
    expect(kept).toEqual([[text('one'), PICTURE], [text('two')]]);
  });

  test('and what is kept beside it, the newest, fits one request', () => {
    const long = Array.from({ length: 40 }, (_, index) =>
      message('user', text(`${index} ${'x'.repeat(200_000)}`)),
    );
    const kept = keptMessages(long);
    expect(kept.at(-1)).toEqual(long.at(-1)?.content);
    expect(kept).toHaveLength(Math.floor(COMPACT_KEPT_BYTES_MAX / 200_040));
    expect(JSON.stringify(kept).length).toBeLessThan(TURN_BYTES_MAX);
    const many = Array.from({ length: 700 }, (_, index) => message('user', text(`m${index}`)));
    expect(keptMessages(many)).toHaveLength(500);
  });

  test.each([
    ['messages', encodeMessages, 'claude-haiku-4-5'],
    ['chat completions', encodeChat, 'gpt-4o-mini'],
  ] as const)('is told as context on the %s wire', (_wire, encode, model) => {
    const items = inputItems(10).parse([
      { type: 'compaction', encrypted_content: sealSummary('the door is open') },
      { role: 'user', content: 'go on' },
    ]);
    const messages = itemMessages(items, model, 'input', new Map()).map(({ role, content }) =>
      message(z.enum(['user', 'assistant', 'system']).parse(role), ...content),
    );
    const request = { model, system: null, messages, tools: [], maxTokens: 100, temperature: null };
    const { body, omissions } = encode(request);
    expect(JSON.stringify(body['messages'])).toContain(
      String.raw`<conversation_summary>\nthe door is open\n</conversation_summary>`,
    );
    expect(JSON.stringify(body['messages'])).toContain('go on');
    expect(omissions).toEqual([]);
  });
});
