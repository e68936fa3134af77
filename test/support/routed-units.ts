import { openaiSpeech } from '../../lambdas/inference/wires/openai-audio/speech.ts';
import {
  openaiTranscriptions,
  openaiTranslations,
} from '../../lambdas/inference/wires/openai-audio/transcriptions.ts';
import { openaiEmbeddings } from '../../lambdas/inference/wires/openai-embeddings/wire.ts';
import {
  openaiImageEdits,
  openaiImages,
} from '../../lambdas/inference/wires/openai-images/wire.ts';
import { openaiModerations } from '../../lambdas/inference/wires/openai-moderations/wire.ts';
import { geminiEmbeddings } from '../../lambdas/inference/wires/gemini/embeddings.ts';
import type { UnitWire } from '../../lambdas/inference/wires/unit-wire.ts';
import type { NewKey } from '../../lambdas/ledger/ports.ts';
import { formBytes, type FormField } from './form-bytes.ts';
import type { Script } from './scripted-upstream.ts';
import { silentMp3, silentWave } from './sounds.ts';
import { bytesOf, unitRoom, type SeenCall } from './unit-room.ts';

/** As the provider reads it: in JSON, in a form, in the path. */
const modelOf = ({ path, body }: SeenCall): string => {
  const text = body.toString('latin1');
  const [, said = 'none'] =
    /models\/([^:]+):/.exec(path) ??
    /name="model"\r\n\r\n([^\r]+)/.exec(text) ??
    /"model":"([^"]+)"/.exec(text) ??
    [];
  return said;
};

export const events = (...list: readonly object[]): Script => ({
  type: 'text/event-stream',
  chunks: list.map((event) => `data: ${JSON.stringify(event)}\n\n`),
});

const IMAGE_USAGE = { input_tokens: 10, output_tokens: 272, total_tokens: 282 };
const wellOf = ({ path, body }: SeenCall): Script => {
  const text = body.toString('latin1');
  const isStream = /"stream":true|name="stream"\r\n\r\ntrue|"stream_format":"sse"/.test(text);
  const json = (value: object): Script => ({ chunks: [JSON.stringify(value)] });
  if (path.includes(':embed')) return json({ usageMetadata: { promptTokenCount: 5 } });
  if (path.endsWith('embeddings')) return json({ data: [], usage: { prompt_tokens: 5 } });
  if (path.endsWith('moderations')) return json({ results: [{ flagged: false }] });
  if (path.endsWith('speech')) {
    const usage = { input_tokens: 4, output_tokens: 50, total_tokens: 54 };
    return isStream
      ? events({ type: 'speech.audio.delta', audio: 'AAAA' }, { type: 'speech.audio.done', usage })
      : { type: 'audio/mpeg', chunks: [silentMp3(1)] };
  }
  if (path.includes('images'))
    return isStream
      ? events({ type: 'image_generation.completed', b64_json: 'AA', usage: IMAGE_USAGE })
      : json({ data: [{ b64_json: 'AA' }], usage: IMAGE_USAGE });
  const usage = /name="model"\r\n\r\nwhisper/.test(text)
    ? { type: 'duration', seconds: 2 }
    : { type: 'tokens', input_tokens: 24, output_tokens: 6 };
  return isStream
    ? events({ type: 'transcript.text.delta', delta: 'a' }, { type: 'transcript.text.done', usage })
    : json({ text: 'a', usage });
};

export type UnitBody = (model: string) => object | Uint8Array;
export const BOUNDARY = '----boundary7';
const formOf =
  (...fields: readonly FormField[]): ((model: string) => Uint8Array) =>
  (model) =>
    formBytes(BOUNDARY, [...fields, ['model', model]]);
export const jsonOf =
  (fields: object): UnitBody =>
  (model) => ({ model, ...fields });

/** A call on each wire, and two models that answer it. */
export interface UnitRow {
  readonly wire: (model: string) => UnitWire;
  readonly body: UnitBody;
  readonly models: readonly [string, string];
}
const WAVE = silentWave(2);
export const UNIT_ROWS = {
  embeddings: {
    wire: () => openaiEmbeddings,
    body: jsonOf({ input: ['a', 'b'], dimensions: 256 }),
    models: ['text-embedding-3-small', 'text-embedding-3-large'],
  },
  'embeddings of Google': {
    wire: (model) => geminiEmbeddings(model, 'batchEmbedContents'),
    body: (model) => ({
      requests: [{ model: `models/${model}`, content: { parts: [{ text: 'a' }] } }],
    }),
    models: ['gemini-embedding-001', 'gemini-embedding-2'],
  },
  moderations: {
    wire: () => openaiModerations,
    body: jsonOf({ input: 'a' }),
    models: ['omni-moderation-2024-09-26', 'omni-moderation-latest'],
  },
  speech: {
    wire: () => openaiSpeech,
    body: jsonOf({ input: 'hello', voice: 'alloy' }),
    models: ['tts-1', 'tts-1-hd'],
  },
  'speech in events': {
    wire: () => openaiSpeech,
    body: jsonOf({ input: 'hello', voice: 'alloy', stream_format: 'sse' }),
    models: ['gpt-4o-mini-tts', 'gpt-4o-mini-tts-2025-03-20'],
  },
  images: {
    wire: () => openaiImages,
    body: jsonOf({ prompt: 'a', size: '1024x1024', quality: 'low' }),
    models: ['gpt-image-1-mini', 'gpt-image-1.5'],
  },
  'images in events': {
    wire: () => openaiImages,
    body: jsonOf({ prompt: 'a', size: '1024x1024', quality: 'low', stream: true }),
    models: ['gpt-image-1-mini', 'gpt-image-1.5'],
  },
  'edits of images': {
    wire: () => openaiImageEdits,
    body: formOf(
      ['image[]', Buffer.from([0, 255, 13, 10, 45, 45]), 'a.png'],
      ['prompt', 'bluer'],
      ['quality', 'low'],
      ['size', '1024x1024'],
    ),
    models: ['gpt-image-1-mini', 'gpt-image-1.5'],
  },
  transcriptions: {
    wire: () => openaiTranscriptions,
    body: formOf(['file', WAVE, 'ä\\" x.wav'], ['language', 'en']),
    models: ['whisper-1', 'gpt-4o-transcribe'],
  },
  'transcriptions in events': {
    wire: () => openaiTranscriptions,
    body: formOf(['stream', 'true'], ['file', WAVE, 'a.wav']),
    models: ['gpt-4o-mini-transcribe', 'gpt-4o-transcribe'],
  },
  translations: {
    wire: () => openaiTranslations,
    body: formOf(['file', WAVE, 'a.wav']),
    models: ['whisper-1', 'gpt-4o-transcribe'],
  },
} as const satisfies Readonly<Record<string, UnitRow>>;

const FORM_TYPE = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };

/** A room whose provider does what each model is told to; then it answers, on every wire that is billed by units. */
export const routedUnits = async (key: Partial<Omit<NewKey, 'profile'>> = {}) => {
  const moods = new Map<string, Script[]>();
  const room = await unitRoom();
  await room.mint({ tier: 'free', ...key });
  room.answers((response, call) => {
    const script = moods.get(modelOf(call))?.shift() ?? wellOf(call);
    const { status = 200, type = 'application/json', ending = 'end', headers } = script;
    if (ending === 'silent') return;
    if (ending === 'gone') return void response.destroy();
    response.writeHead(status, { 'content-type': type, ...headers });
    for (const chunk of script.chunks ?? []) response.write(chunk);
    response.end();
  });
  return {
    ...room,
    mood: (model: string, ...next: readonly Script[]) => void moods.set(model, [...next]),
    /** The models that were asked, in order. */
    asked: (): readonly string[] => room.calls.map(modelOf),
    say: async ({ wire, body }: UnitRow, model: string) => {
      const sent = body(model);
      const headers =
        sent instanceof Uint8Array ? FORM_TYPE : { 'content-type': 'application/json' };
      const answer = await room.ask(wire(model), sent, { headers });
      return { ...answer, bytes: await bytesOf(answer) };
    },
  };
};
export type RoutedUnits = Awaited<ReturnType<typeof routedUnits>>;
