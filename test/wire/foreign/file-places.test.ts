import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaFiles } from '../../../lambdas/inference/adapters/media-files.ts';
import { chatRoom } from '../../support/chat-room.ts';
import { PDF, PNG, WAV } from '../../support/foreign/features.ts';
import { startForeignRoom, type ForeignRoom } from '../../support/foreign/foreign-room.ts';
import { errorOf } from '../../support/scripted-answers.ts';

/** What is wrong with a file is a 400 that names its place in the caller's own body, in one wording. */
const LOST = 'https://files.example/lost';
const GEMINI = 'gemini-2.5-flash';
const CLAUDE = 'claude-haiku-4-5';
const GPT = 'gpt-4o-mini';
const TIFF = 'image/tiff';

let room: ForeignRoom;
beforeAll(async () => {
  room = await startForeignRoom();
  const media = mediaFiles(
    async () => await Promise.resolve({ problem: 'its address answers 404' }),
  );
  Object.assign(room.room.deps, { loadMedia: async () => await Promise.resolve(media) });
});
afterAll(() => room.stop());

const refusal = async (path: string, body: object) => {
  const answer = await fetch(`${room.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  const { error }: { error: { message: string; param?: string } } = JSON.parse(await answer.text());
  return [answer.status, error.message];
};

const text = { type: 'text', text: 'see' };
const image = (url: string) => ({ type: 'image_url', image_url: { url } });
const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } };
const user = (...content: readonly object[]) => ({ role: 'user', content });

describe('of chat completions', () => {
  const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }];
  const before = [
    { role: 'system', content: 'be kind' },
    { role: 'user', content: 'see' },
    { role: 'assistant', content: null, tool_calls: [call] },
  ];
  test.each([
    [GEMINI, [user(text, image(LOST))], 'messages.0.content.1.image_url: its address answers 404'],
    [
      GEMINI,
      [...before.slice(0, 2), user(text, image(`data:image/png;base64,${PNG}`), image(LOST))],
      'messages.2.content.2.image_url: its address answers 404',
    ],
    [
      GEMINI,
      [
        ...before,
        {
          role: 'tool',
          tool_call_id: 'call_1',
          content: [{ type: 'text', text: ' ' }, image(LOST)],
        },
      ],
      'messages.3.content.1.image_url: its address answers 404',
    ],
    [
      GEMINI,
      [user(text, image('data:image/png,abc'))],
      'messages.0.content.1.image_url: its data URL is not base64',
    ],
    [
      CLAUDE,
      [user(text, image(`data:${TIFF};base64,AAAA`))],
      'messages.0.content.1.image_url: image/tiff is no image',
    ],
    [
      CLAUDE,
      [user(text, { type: 'input_audio', input_audio: { data: WAV, format: 'wav' } })],
      'messages.0.content.1.input_audio: audio/wav is not read',
    ],
    [
      CLAUDE,
      [user(text, { type: 'file', file: { file_data: `data:font/woff;base64,${PDF}` } })],
      'messages.0.content.1.file: font/woff is not read',
    ],
  ])('to %s', async (model, messages, message) => {
    const told = await refusal('/v1/chat/completions', { model, messages, tools });
    expect(told).toEqual([400, message]);
  });
});

describe('of messages', () => {
  const url = { type: 'url', url: LOST };
  const use = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} };
  const result = { type: 'tool_result', tool_use_id: 'toolu_1' };
  const tools = [{ name: 'look', input_schema: { type: 'object' } }];
  const spoken = [user(text), { role: 'assistant', content: [use] }];
  test.each([
    [GEMINI, [user({ type: 'image', source: url })], 'messages.0.content.0.source'],
    [
      GPT,
      [user(text, { type: 'document', context: 'a page', source: url })],
      'messages.0.content.1.source',
    ],
    [
      GEMINI,
      [...spoken, user({ ...result, content: [text, { type: 'image', source: url }] })],
      'messages.2.content.0.content.1.source',
    ],
  ])('to %s', async (model, messages, place) => {
    const told = { model, messages, tools, max_tokens: 99, system: 'be kind' };
    expect(await refusal('/v1/messages', told)).toEqual([400, `${place}: its address answers 404`]);
  });
});

describe('of Google’s own words', () => {
  const lost = { fileData: { fileUri: LOST, mimeType: 'image/png' } };
  const sound = { inlineData: { mimeType: 'audio/ogg', data: WAV } };
  const said = { role: 'model', parts: [{ functionCall: { name: 'look', args: {} } }] };
  const response = { name: 'look', response: { output: 'a door' }, parts: [lost] };
  const BEDROCK = 'bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0';
  const declared = [{ functionDeclarations: [{ name: 'look' }] }];
  test.each([
    [
      BEDROCK,
      [asker({ text: 'see' }, lost)],
      'contents.0.parts.1.fileData: its address answers 404',
    ],
    [
      BEDROCK,
      [
        asker({ text: 'see' }),
        said,
        said,
        asker({ functionResponse: { ...response, parts: [] } }, { functionResponse: response }),
      ],
      'contents.3.parts.1.functionResponse.parts.0.fileData: its address answers 404',
    ],
    [
      'gpt-audio',
      [asker({ text: 'see' }, sound)],
      'contents.0.parts.1.inlineData: the model hears no audio/ogg',
    ],
    [
      'gpt-4o-audio-preview',
      [asker({ text: 'see' }, { inlineData: { mimeType: 'audio/wav', data: WAV } })],
      expect.stringContaining('contents.0.parts.1.inlineData'),
    ],
  ])('to %s', async (model, contents, message) => {
    const path = `/v1beta/models/${encodeURIComponent(model)}:generateContent`;
    expect(await refusal(path, { contents, tools: declared })).toEqual([400, message]);
  });
});

const asker = (...parts: readonly object[]) => ({ role: 'user', parts });

describe('of responses', () => {
  test.each([
    [{ type: 'input_file', filename: 'a.pdf' }, 'file_url', 'file_data or file_url'],
    [{ type: 'input_file', file_url: 'ftp://a' }, 'file_url', ''],
    [{ type: 'input_image', image_url: 'ftp://a' }, 'image_url', 'a URL, or a data URL'],
  ])('%o', async (part, field, why) => {
    const { ask } = await chatRoom('http://127.0.0.1:9');
    const input = [{ role: 'user', content: [{ type: 'input_text', text: 'see' }, part] }];
    const error = await errorOf(ask('POST /v1/responses', { model: GPT, input }));
    expect([error.status, error.facts['param']]).toEqual([400, `input.0.content.1.${field}`]);
    expect(error.publicMessage).toContain(why);
  });
});
