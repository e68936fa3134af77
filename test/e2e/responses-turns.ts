import { describe, expect, test } from 'vitest';
import type { E2e } from '../support/e2e.ts';
import { all, MODEL, openaiClient, STREAMED, toldLast, WORDS } from '../support/openai-client.ts';

const LOOK = {
  type: 'function',
  name: 'look',
  description: 'Looks',
  parameters: { type: 'object', properties: {}, additionalProperties: false },
  strict: true,
} as const;

/** What a response's provider is asked, all of it. */
export const responseTurnTests = (e2e: E2e): void => {
  const ada = async () => await openaiClient(e2e);

  describe('the turn of a response', () => {
    test('ends with a call of a function, and the next one brings its output', async () => {
      const { openai } = await ada();
      const tools = [LOOK];
      const asked = await openai.responses
        .stream({
          model: MODEL,
          input: 'look',
          tools,
          tool_choice: 'auto',
          parallel_tool_calls: false,
        })
        .finalResponse();
      const call = asked.output.find((item) => item.type === 'function_call');
      expect(call).toMatchObject({ name: 'look', arguments: '{"at":1}', status: 'completed' });
      expect(asked.status).toBe('completed');
      const answered = await openai.responses.create({
        model: MODEL,
        previous_response_id: asked.id,
        tools,
        input: [{ type: 'function_call_output', call_id: call?.call_id ?? '', output: 'a door' }],
      });
      expect(answered.output_text).toBe(WORDS);
      expect(toldLast(e2e)).toEqual({
        ...STREAMED,
        messages: [
          { role: 'user', content: 'look' },
          {
            role: 'assistant',
            content: WORDS.slice(0, 'word0 '.length),
            tool_calls: [
              { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } },
            ],
          },
          { role: 'tool', tool_call_id: 'call_1', content: 'a door' },
        ],
        tools: [
          {
            type: 'function',
            function: {
              name: 'look',
              description: 'Looks',
              parameters: LOOK.parameters,
              strict: true,
            },
          },
        ],
      });
      const stray = { type: 'function_call_output', call_id: 'call_none', output: 'x' } as const;
      await expect(
        openai.responses.create({
          model: MODEL,
          previous_response_id: answered.id,
          input: [stray],
        }),
      ).rejects.toMatchObject({ status: 400, param: 'input.0.call_id' });
    });

    test('takes a whole history as items, each kept as one, with pictures and files', async () => {
      const { openai } = await ada();
      const pixel = 'data:image/png;base64,iVBORw0KGgo=';
      const { id } = await openai.responses.create({
        model: MODEL,
        input: [
          { role: 'developer', content: 'Be short.' },
          {
            role: 'user',
            content: [
              { type: 'input_text', text: 'what is it' },
              { type: 'input_image', image_url: pixel, detail: 'auto' },
              { type: 'input_file', filename: 'a.txt', file_data: 'data:text/plain;base64,aGk=' },
            ],
          },
          { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{"at": 1}' },
          {
            type: 'function_call_output',
            call_id: 'c1',
            output: [{ type: 'input_text', text: 'x' }],
          },
          { role: 'user', content: 'well?' },
        ],
      });
      expect(toldLast(e2e)).toEqual({
        ...STREAMED,
        messages: [
          { role: 'system', content: 'Be short.' },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'what is it' },
              { type: 'image_url', image_url: { url: pixel } },
              { type: 'text', text: expect.stringContaining('hi') },
            ],
          },
          {
            role: 'assistant',
            content: null,
            tool_calls: [
              { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } },
            ],
          },
          { role: 'tool', tool_call_id: 'c1', content: 'x' },
          { role: 'user', content: 'well?' },
        ],
      });
      const items = await all(openai.responses.inputItems.list(id, { order: 'asc', limit: 2 }));
      expect(items).toMatchObject([
        { role: 'system' },
        {
          content: [
            { type: 'input_text', text: 'what is it' },
            { type: 'input_image', image_url: pixel },
            { type: 'input_file', filename: 'a.txt' },
          ],
        },
        { type: 'function_call', call_id: 'c1' },
        { type: 'function_call_output', call_id: 'c1' },
        { role: 'user', content: [{ text: 'well?' }] },
      ]);
    });

    test('is asked for in a shape', async () => {
      const { openai } = await ada();
      const schema = { type: 'object', properties: {}, additionalProperties: false };
      const format = { type: 'json_schema', name: 'place', schema, strict: true } as const;
      await openai.responses.create({ model: MODEL, input: 'hi', text: { format }, top_p: 0.5 });
      expect(toldLast(e2e)).toEqual({
        ...STREAMED,
        messages: [{ role: 'user', content: 'hi' }],
        top_p: 0.5,
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'place', schema, strict: true },
        },
      });
    });
  });
};
