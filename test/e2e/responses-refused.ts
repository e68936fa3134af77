import { once } from 'node:events';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { laptopTest } from '../support/deployed-stage.ts';
import type { E2e } from '../support/e2e.ts';
import { conversationOfResponse, MODEL, openaiClient } from '../support/openai-client.ts';

const LOOK = { type: 'function', name: 'look' };

/** What is no response, each with its code. */
export const refusedResponseTests = (e2e: E2e): void => {
  const ada = async () => await openaiClient(e2e);

  describe('what is refused', () => {
    test.each([
      [{ tools: [{ type: 'web_search' }] }, 'tools.0.type'],
      [{ tools: [{ type: 'file_search', vector_store_ids: [] }] }, 'tools.0.type'],
      [{ prompt: { id: 'pmpt_1' } }, 'prompt'],
      [{ temperature: 0.5, model: 'gpt-5' }, 'temperature'],
      [{ reasoning: { effort: 'low' } }, 'reasoning.effort'],
      [{ truncation: 'disabled' }, 'truncation'],
      [{ tools: [{ type: 'tool_search' }] }, 'tools.0.execution'],
      [{ tools: [LOOK, LOOK] }, 'tools.1.name'],
      [{ text: { verbosity: 'low' } }, 'text.verbosity'],
      [{ instructions: 7 }, 'instructions'],
      [
        { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] },
        'input.0.content.0.file_id',
      ],
      [{ input: [] }, 'input'],
      [{ background: true, store: false }, 'background'],
      [{ colour: 'red' }, 'colour'],
      [{ include: ['web_search_call.action.sources'] }, 'include.0'],
      [{ tool_choice: { type: 'function', name: 'nobody' } }, 'tool_choice'],
    ])('%j is a 400 of OpenAI’s shape that names %s', async (fields, param) => {
      const { secret } = await ada();
      const body = { model: MODEL, input: 'hi', ...fields };
      const answer = await e2e.api('POST', '/v1/responses', secret, body);
      expect([answer.status, await answer.json()]).toMatchObject([
        400,
        {
          error: { type: 'invalid_request_error', param, message: expect.stringContaining(param) },
        },
      ]);
    });

    test('for money is a 402 that the SDK does not send again, and nothing is written', async () => {
      const { openai, threads, secret } = await openaiClient(e2e, {
        user_id: 'poor',
        max_spend_usd: 0.00001,
      });
      let asked = 0;
      const patient = new OpenAI({
        baseURL: openai.baseURL,
        apiKey: secret,
        maxRetries: 5,
        fetch: async (...call) => {
          asked += 1;
          return await fetch(...call);
        },
      });
      for (const background of [false, true])
        await expect(
          patient.responses.create({ model: MODEL, input: 'hi', background }),
        ).rejects.toMatchObject({ status: 402, type: 'billing_error' });
      expect(asked).toBe(2);
      const listed = await (await threads.api('GET', '/v1/threads')).json();
      expect(listed).toMatchObject({ data: [] });
    });

    test("somebody else's response, conversation and item answer the same 404 as none", async () => {
      const { openai } = await ada();
      const eve = await openaiClient(e2e, { user_id: 'eve' });
      const { id } = await openai.responses.create({ model: MODEL, input: 'mine' });
      const bodies = [];
      for (const one of [id, `resp_${'0'.repeat(20)}_2`, 'nonsense']) {
        const answer = await e2e.api('GET', `/v1/responses/${one}`, eve.secret);
        expect(answer.status).toBe(404);
        bodies.push((await answer.text()).replace(/req_\w+/, ''));
      }
      expect(new Set(bodies).size).toBe(1);
      const conversation = conversationOfResponse(id);
      for (const path of ['', '/items', '/items/msg_1'])
        expect(
          (await e2e.api('GET', `/v1/conversations/${conversation}${path}`, eve.secret)).status,
        ).toBe(404);
    });

    test('a WebSocket, by the status that clients go on over HTTP by; a list is none of it', async () => {
      const { secret } = await ada();
      const url = `${e2e.stack.baseUrl}/v1/responses`;
      const headers = { authorization: `Bearer ${secret}` };
      const beta = { 'openai-beta': 'responses_websockets=2026-02-06' };
      const asked = await fetch(url, { headers: { ...headers, ...beta } });
      expect([asked.status, await asked.json()]).toMatchObject([
        426,
        { error: { code: 'upgrade_required' } },
      ]);
      expect((await fetch(url, { headers })).status).toBe(404);
    });

    laptopTest(
      'a handshake likewise, as an API without sockets answers it',
      'an emulator’s own server answers a handshake',
      async () => {
        const { secret } = await ada();
        const socket = new WebSocket(`${e2e.stack.baseUrl.replace('http', 'ws')}/v1/responses`, {
          headers: { authorization: `Bearer ${secret}` },
        });
        const [, answer] = z
          .tuple([z.unknown(), z.object({ statusCode: z.number() })])
          .parse(await once(socket, 'unexpected-response'));
        expect(answer.statusCode).toBe(426);
        socket.on('error', () => undefined);
        socket.terminate();
      },
    );

    test('a place beyond the end of a response', async () => {
      const { openai } = await ada();
      const { id } = await openai.responses.create({ model: MODEL, input: 'hi' });
      await expect(
        openai.responses.retrieve(id, { stream: true, starting_after: 9_999 }),
      ).rejects.toMatchObject({ status: 400, code: 'cursor_invalid' });
    });
  });
};
