import { expect, test } from 'vitest';
import { checked } from '../../../lambdas/http/body.ts';
import { encodeChat } from '../../../lambdas/inference/wires/openai-chat/turn-encode.ts';
import { turnMessages } from '../../../lambdas/threads/domain/select-context.ts';
import { stepOfMessage } from '../../../lambdas/threads/domain/step-of-message.ts';
import { itemMessages } from '../../../lambdas/threads/dialects/responses/formats/input-messages.ts';
import { responseBody } from '../../../lambdas/threads/dialects/responses/formats/responses-request.ts';
import {
  responsesEcho,
  responseSettings,
} from '../../../lambdas/threads/dialects/responses/formats/responses-settings.ts';
import { contractProblem } from '../../support/strict/contract.ts';

const model = 'gpt-4o-mini';
const PNG = 'iVBORw0KGgoAAAANSUhEUg==';
const PDF = 'JVBERi0xLjQK';

const saidBy = (input: unknown) =>
  itemMessages(checked(responseBody, { model, input }).input ?? [], model, 'input', new Map());
const partOf = (part: object) => saidBy([{ role: 'user', content: [part] }])[0]?.content[0];

test.each([
  [`data:image/jpg;base64,${PNG}`, 'image/jpeg'],
  [`data:image/png;charset=utf-8;base64,${PNG}`, 'image/png'],
  [`data:IMAGE/PNG;BASE64,${PNG}`, 'image/png'],
  [`data:image/x-png;base64,${PNG.slice(0, 8)}\r\n${PNG.slice(8)}\n`, 'image/png'],
])('an image %s is one of type %s', (image_url, media_type) => {
  const source = { type: 'base64', media_type, data: PNG };
  expect(partOf({ type: 'input_image', image_url })).toEqual({ type: 'image', source });
});

test('a file says how closely it is looked at, and its data URL may have parameters', () => {
  const file_data = `data:application/pdf;name=a.pdf;base64,${PDF}`;
  expect(partOf({ type: 'input_file', filename: 'a.pdf', file_data, detail: 'low' })).toEqual({
    type: 'document',
    title: 'a.pdf',
    source: { type: 'base64', media_type: 'application/pdf', data: PDF },
  });
  const words = Buffer.from('größe').toString('base64url');
  expect(
    partOf({ type: 'input_file', file_data: `data:text/csv;charset=utf-8;base64,${words}` }),
  ).toMatchObject({ source: { data: 'größe' } });
});

test('what is no image or file stays a 400', () => {
  for (const image_url of ['data:image/bmp;base64,AAAA', 'data:image/png;base64,*', 'data:,x'])
    expect(() => partOf({ type: 'input_image', image_url })).toThrow('image_url');
});

test('what an SDK parsed for itself may come back with its item', () => {
  const parsed = { a: 1 };
  const said = saidBy([
    { role: 'user', content: 'hi' },
    {
      type: 'message',
      id: 'msg_1',
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_text', text: '{"a":1}', annotations: [], parsed }],
    },
    {
      type: 'function_call',
      call_id: 'c',
      name: 'look',
      arguments: '{"a":1}',
      parsed_arguments: parsed,
    },
  ]);
  expect(said[1]?.content).toEqual([{ type: 'text', text: '{"a":1}' }]);
  expect(said[2]?.content).toMatchObject([{ type: 'tool_use', input: parsed }]);
});

test('a result may hold files: text is its words, a document stands behind it', () => {
  const file = (type: string, data: string) => ({
    type: 'input_file',
    filename: 'a',
    file_data: `data:${type};base64,${data}`,
  });
  const call = (call_id: string) => ({
    type: 'function_call',
    call_id,
    name: 'look',
    arguments: '{}',
  });
  const said = saidBy([
    { role: 'user', content: 'hi' },
    call('c'),
    call('d'),
    {
      type: 'function_call_output',
      call_id: 'c',
      output: [file('application/pdf', PDF), { type: 'input_text', text: 'seen' }],
    },
    {
      type: 'function_call_output',
      call_id: 'd',
      output: [file('text/plain', Buffer.from('words').toString('base64'))],
    },
  ]);
  expect(said.slice(3).map(({ content }) => content)).toMatchObject([
    [
      { type: 'tool_result', content: [{ text: '[a: behind this result]' }, { text: 'seen' }] },
      { type: 'document', title: 'a', source: { media_type: 'application/pdf', data: PDF } },
    ],
    [{ type: 'tool_result', content: 'words' }],
  ]);
  const { body, omissions } = encodeChat({
    model,
    system: null,
    messages: turnMessages(said.map((message) => stepOfMessage(message, 'r', 0))),
    tools: [],
    maxTokens: 100,
    temperature: null,
    controls: {},
  });
  expect(contractProblem('openai-chat', body)).toBeNull();
  expect(omissions).toEqual([]);
});

test('of allowed_tools a model is offered those alone, and the response shows all', () => {
  const tools = ['a', 'b', 'c'].map((name) => ({ type: 'function', name, parameters: {} }));
  const allowed = (mode: string, ...names: readonly string[]) => ({
    type: 'allowed_tools',
    mode,
    tools: names.map((name) => ({ type: 'function', name })),
  });
  const settingsOf = (tool_choice: object) =>
    responseSettings(checked(responseBody, { model, input: 'hi', tools, tool_choice }), null);
  for (const mode of ['auto', 'required']) {
    const settings = settingsOf(allowed(mode, 'c', 'a'));
    expect(settings.clientTools.map(({ name }) => name)).toEqual(['a', 'c']);
    expect(settings.controls.toolChoice).toBe(mode);
    expect(responsesEcho(settings)).toMatchObject({
      tools: [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
      tool_choice: allowed(mode, 'c', 'a'),
    });
  }
  expect(() => settingsOf(allowed('auto', 'd'))).toThrow('d is none of the tools');
});

test('tools of a namespace are chosen by their names in it, or all at once', () => {
  const of = (name: string) => ({ type: 'function', name, parameters: {} });
  const tools = [
    of('ask'),
    { type: 'namespace', name: 'agents', description: '', tools: [of('ask'), of('tell')] },
  ];
  const settingsOf = (tool_choice: object) =>
    responseSettings(checked(responseBody, { model, input: 'hi', tools, tool_choice }), null);
  const offered = (...allowed: readonly object[]) =>
    settingsOf({ type: 'allowed_tools', mode: 'auto', tools: allowed }).clientTools.map(
      ({ name }) => name,
    );
  const told = { type: 'function', name: 'tell', namespace: 'agents' };
  expect(offered(told)).toEqual(['agents/tell']);
  expect(offered({ type: 'function', name: 'ask' }, told)).toEqual(['ask', 'agents/tell']);
  expect(offered({ type: 'namespace', name: 'agents' })).toEqual(['agents/ask', 'agents/tell']);
  expect(() => offered({ type: 'function', name: 'tell' })).toThrow('tell is none of the tools');
  expect(settingsOf(told).controls.toolChoice).toEqual({ name: 'agents/tell' });
});
