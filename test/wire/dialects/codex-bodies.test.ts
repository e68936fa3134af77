import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { checked } from '../../../lambdas/http/body.ts';
import { encodeMessages } from '../../../lambdas/inference/wires/anthropic-messages/turn-encode.ts';
import { encodeChat } from '../../../lambdas/inference/wires/openai-chat/turn-encode.ts';
import { stepOfMessage } from '../../../lambdas/threads/domain/step-of-message.ts';
import { turnMessages } from '../../../lambdas/threads/domain/select-context.ts';
import { itemMessages } from '../../../lambdas/threads/dialects/responses/formats/input-messages.ts';
import { responseBody } from '../../../lambdas/threads/dialects/responses/formats/responses-request.ts';
import { responseSettings } from '../../../lambdas/threads/dialects/responses/formats/responses-settings.ts';
import { contractProblem } from '../../support/strict/contract.ts';

/**
 * What Codex CLI 0.171.0 (npm `@openai/codex`, Apache-2.0) sent to `/v1/responses`, its long texts cut: with a model that it
 * does not know, `gpt-5.5`, `gpt-5.6-sol`, and as OpenAI's own client with another base URL.
 */
const bodies = z
  .record(z.string(), z.looseObject({ model: z.string() }))
  .parse(JSON.parse(readFileSync('test/fixtures/codex-bodies.json', 'utf8')));
const { 'web-search': withSearch, ...served } = bodies;

/** The turn that a body asks for, whatever the model. */
const turnOf = (raw: object) => {
  const body = checked(responseBody, raw);
  const settings = responseSettings(body, null);
  const said = itemMessages(body.input ?? [], body.model, 'input', new Map());
  return {
    model: settings.model,
    system: settings.system,
    messages: turnMessages(said.map((message) => stepOfMessage(message, 'r', 0))),
    tools: settings.clientTools,
    maxTokens: 1_000,
    temperature: null,
    controls: settings.controls,
  };
};
const namesOf = (raw: object) => turnOf(raw).tools.map(({ name, form }) => [name, form ?? null]);

describe.each(Object.entries(served))('what Codex sends: %s', (_name, body) => {
  test('is taken, and OpenAI takes what is made of it', () => {
    const { body: wire, omissions } = encodeChat(turnOf(body));
    expect(contractProblem('openai-chat', wire)).toBeNull();
    // A request for a summary ends with an answer: here it is not asked as one.
    expect(omissions.filter(({ kind }) => kind !== 'added_user_text')).toEqual([]);
  });

  test('is taken for a Claude model too, which has no verbosity', () => {
    const { text: _verbosity, reasoning: _effort, ...rest } = body;
    const { body: wire } = encodeMessages(turnOf({ ...rest, model: 'claude-opus-5' }));
    expect(contractProblem('anthropic-messages', wire)).toBeNull();
  });
});

test('its tools are offered by names that say whose they are, in the form that it gave them', () => {
  expect(namesOf(bodies['code-mode'] ?? {})).toEqual([
    ['functions/exec', 'custom'],
    ['functions/wait', null],
    ['functions/request_user_input', null],
    ['collaboration/followup_task', null],
    ['collaboration/interrupt_agent', null],
    ['collaboration/list_agents', null],
    ['collaboration/send_message', null],
    ['collaboration/spawn_agent', null],
    ['collaboration/wait_agent', null],
  ]);
  const searched = namesOf(bodies['search'] ?? {});
  expect(searched).toContainEqual(['apply_patch', 'custom']);
  expect(searched).toContainEqual(['tool_search', 'tool_search']);
  expect(searched.at(-1)?.[0]).toMatch(/^multi_agent_v1\//);
});

test('its controls go to the model, its notes nowhere', () => {
  const wire = JSON.stringify(encodeChat(turnOf(bodies['turn'] ?? {})).body);
  expect(wire).toContain('"verbosity":"low"');
  expect(wire).toContain('"reasoning_effort":"medium"');
  expect(wire).not.toMatch(/client_metadata|prompt_cache_key|installation_id/);
  const passed = JSON.stringify(encodeChat(turnOf(bodies['openai-provider'] ?? {})).body);
  expect(passed).not.toContain('internal_chat_message_metadata_passthrough');
});

test('its web search is refused by its place, and by what it is', () => {
  expect(() => turnOf(withSearch ?? {})).toThrow(
    'tools.8.type: web_search: only function, custom, namespace and tool_search tools are served here',
  );
});
