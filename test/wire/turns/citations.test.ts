import { describe, expect, test } from 'vitest';
import { foldBlocks } from '../../../lambdas/inference/turn/fold-turn.ts';
import type { UrlCitation } from '../../../lambdas/inference/turn/turn.ts';
import { anthropicMessages } from '../../../lambdas/inference/wires/anthropic-messages/wire.ts';
import { openaiChat } from '../../../lambdas/inference/wires/openai-chat/wire.ts';
import { WIRES } from '../../support/all-wires.ts';
import { assistant, turn, user, text } from '../../support/turns.ts';
import { isWellFormed, readTurn } from '../../support/wire-reader.ts';

const PAGE: UrlCitation = {
  type: 'url_citation',
  url: 'https://example.com/a',
  title: 'A',
  start_index: 0,
  end_index: 5,
};
const chunk = (delta: object, rest: object = {}, reason: string | null = null) =>
  Buffer.from(
    `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: reason }], ...rest })}\n\n`,
  );
const { type: _type, ...place } = PAGE;
const ANNOTATION = { type: 'url_citation', url_citation: place };
const END = [chunk({}, {}, 'stop'), Buffer.from('data: [DONE]\n\n')];
const event = (type: string, rest: object) =>
  Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`);

describe('pages that a model leaned on', () => {
  test.each([
    ['behind the words', [chunk({ content: 'alpha' }), chunk({ annotations: [ANNOTATION] })]],
    ['before them', [chunk({ annotations: [ANNOTATION] }), chunk({ content: 'alpha' })]],
    ['twice', [chunk({ content: 'alpha', annotations: [ANNOTATION, ANNOTATION] })]],
  ])('of OpenAI, %s, are kept once with the text', async (_name, pieces) => {
    const events = await readTurn(openaiChat, [...pieces, ...END]);
    expect(isWellFormed(events)).toBe(true);
    expect(foldBlocks(events)).toEqual([{ type: 'text', text: 'alpha', citations: [PAGE] }]);
  });

  test.each([
    [{ citations: [PAGE.url] }, ''],
    [{ search_results: [{ url: PAGE.url, title: 'A' }], citations: [PAGE.url] }, 'A'],
  ])('beside the choices of every chunk are kept once: %j', async (pages, title) => {
    const pieces = [chunk({ content: 'al' }, pages), chunk({ content: 'pha' }, pages), ...END];
    const citations = [{ type: 'url_citation', url: PAGE.url, title }];
    expect(foldBlocks(await readTurn(openaiChat, pieces))).toEqual([
      { type: 'text', text: 'alpha', citations },
    ]);
  });

  test('of Anthropic are kept with the text, a place in a document is none', async () => {
    const delta = (told: object) => event('content_block_delta', { index: 0, delta: told });
    const events = await readTurn(anthropicMessages, [
      event('message_start', { message: { model: 'm', usage: {} } }),
      event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
      delta({
        type: 'citations_delta',
        citation: { type: 'web_search_result_location', url: PAGE.url, title: 'A' },
      }),
      delta({ type: 'citations_delta', citation: { type: 'char_location', cited_text: 'x' } }),
      delta({ type: 'text_delta', text: 'alpha' }),
      event('content_block_stop', { index: 0 }),
      event('message_delta', { delta: { stop_reason: 'end_turn' } }),
      event('message_stop', {}),
    ]);
    expect(foldBlocks(events)).toEqual([
      {
        type: 'text',
        text: 'alpha',
        citations: [{ type: 'url_citation', url: PAGE.url, title: 'A' }],
      },
    ]);
  });

  test.each(['anthropic-messages', 'openai-chat'] as const)(
    'are told to no model again: %s',
    (name) => {
      const said = { type: 'text', text: 'alpha', citations: [PAGE] } as const;
      const request = turn('m', user(text('?')), assistant('m', said), user(text('And?')));
      expect(JSON.stringify(WIRES[name].turn?.encode(request).call.body)).not.toContain('example');
    },
  );
});
