import { afterAll, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { CONTRACT } from '../../../lambdas/contract.ts';
import { contractRoutes } from '../../../lambdas/http/route-advice.ts';
import { openaiSpeech } from '../../../lambdas/inference/wires/openai-audio/speech.ts';
import {
  openaiTranscriptions,
  openaiTranslations,
} from '../../../lambdas/inference/wires/openai-audio/transcriptions.ts';
import { openaiEmbeddings } from '../../../lambdas/inference/wires/openai-embeddings/wire.ts';
import {
  openaiImageEdits,
  openaiImages,
} from '../../../lambdas/inference/wires/openai-images/wire.ts';
import { openaiModerations } from '../../../lambdas/inference/wires/openai-moderations/wire.ts';
import type { UnitWire } from '../../../lambdas/inference/wires/unit-wire.ts';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { contractOf } from '../../support/strict/contract.ts';
import { unitContract } from '../../support/strict/unit-contract.ts';
import { silentWave } from '../../support/sounds.ts';
import { textOf } from '../../support/engine-room.ts';
import { bytesOf, unitRoom, type UnitRoom } from '../../support/unit-room.ts';

/** Nothing that costs money runs uncapped on a capped key: each route that reaches a provider, each field that it may have. */
let room: UnitRoom;
beforeEach(async () => {
  room?.stop();
  room = await unitRoom();
  await room.mint({ capNanoUsd: 100_000_000_000 });
});
afterAll(() => room.stop());

interface Walked {
  readonly wire: UnitWire;
  readonly base: Readonly<Record<string, unknown>>;
  readonly isForm?: true;
  readonly isFree?: true;
  /** Its name in the published contract. */
  readonly schema: string;
}

const WALKED: Readonly<Record<string, Walked>> = {
  '/embeddings': {
    schema: 'CreateEmbeddingRequest',
    wire: openaiEmbeddings,
    base: { model: 'text-embedding-3-small', input: 'a' },
  },
  '/moderations': {
    schema: 'CreateModerationRequest',
    wire: openaiModerations,
    base: { input: 'a' },
    isFree: true,
  },
  '/audio/speech': {
    schema: 'CreateSpeechRequest',
    wire: openaiSpeech,
    base: { model: 'tts-1', input: 'a', voice: 'alloy' },
  },
  '/audio/transcriptions': {
    schema: 'CreateTranscriptionRequest',
    wire: openaiTranscriptions,
    base: { model: 'whisper-1' },
    isForm: true,
  },
  '/audio/translations': {
    schema: 'CreateTranslationRequest',
    wire: openaiTranslations,
    base: { model: 'whisper-1' },
    isForm: true,
  },
  '/images/generations': {
    schema: 'CreateImageRequest',
    wire: openaiImages,
    base: { model: 'gpt-image-1', prompt: 'a' },
  },
  '/images/edits': {
    wire: openaiImageEdits,
    base: { model: 'gpt-image-1', prompt: 'a', images: [{ file_id: 'file-1' }] },
    schema: 'EditImageBodyJsonParam',
  },
};

/** Routes that other suites walk (`test/wire/strict`, `test/wire/turns`), that count without a bill, or that read. */
const ELSEWHERE = [
  'POST /v1/chat/completions',
  'POST /v1/messages',
  'POST /v1/messages/count_tokens',
  'POST /v1/responses',
  'POST /elevenlabs/{path}',
];
const REACHES_A_PROVIDER =
  /^POST \/(?:elevenlabs\/|v1\/(?:chat|messages$|messages\/|responses$|embeddings|moderations|audio|images))/;

test('every route of the contract that reaches a provider is walked', () => {
  const reaching = contractRoutes(CONTRACT).filter((route) => REACHES_A_PROVIDER.test(route));
  const walked = Object.values(WALKED).map(({ wire }) => wire.route);
  expect(reaching.toSorted()).toEqual([...walked, ...ELSEWHERE].toSorted());
});

/** Values of all kinds: what a field does not take is refused, what it takes must be bounded. */
const SAMPLES: readonly unknown[] = [3, 1.5, 'x', 'auto', 'high', true, ['x'], [{}], { id: 'x' }];
const object = z.looseObject({ properties: z.record(z.string(), z.looseObject({})) });

const sizesOf = (schema: unknown): readonly unknown[] => {
  const found: unknown[] = [];
  JSON.stringify(schema, (name, value: unknown) => {
    if (name === 'enum' && Array.isArray(value)) found.push(...value);
    return value;
  });
  return found;
};

const bodyOf = async ({ base, isForm }: Walked, name: string, value: unknown) => {
  const body = { ...base, [name]: value };
  if (isForm !== true) return { body, headers: {} };
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(silentWave(1))]), 'a.wav');
  for (const [field, word] of Object.entries(body))
    form.append(field, typeof word === 'string' ? word : JSON.stringify(word));
  const sent = new Response(form);
  return {
    body: new Uint8Array(await sent.arrayBuffer()),
    headers: { headers: { 'content-type': sent.headers.get('content-type') ?? '' } },
  };
};

/** What a call cost that reports nothing, which is what was held; null: it was refused. */
const costOf = async (walked: Walked, name: string, value: unknown): Promise<number | null> => {
  room.json({});
  const { body, headers } = await bodyOf(walked, name, value);
  try {
    const answer = await room.ask(walked.wire, body, headers);
    await bytesOf(answer);
    // Refused by its provider, who bills nothing for it.
    if (answer.status === 400) return null;
  } catch (error) {
    if (error instanceof AppError && error.status === 400) return null;
    throw error;
  }
  return (await room.last())?.costNanoUsd ?? 0;
};

test.each(Object.entries(WALKED))(
  '%s: each field of the published request is bounded, or refused',
  async (_path, walked) => {
    const { properties } = object.parse(unitContract()[walked.schema]);
    const plain = await costOf(walked, 'model', walked.base['model'] ?? 'omni-moderation-latest');
    expect((plain ?? 0) > 0).toBe(walked.isFree !== true);
    for (const [field, schema] of Object.entries(properties))
      for (const value of [...SAMPLES, ...sizesOf(schema)]) {
        if (field === 'model' || field === 'file') continue;
        const cost = await costOf(walked, field, value);
        if (cost !== null && walked.isFree !== true)
          expect(cost, `${field}: ${JSON.stringify(value)}`).toBeGreaterThan(0);
      }
    expect((await room.state()).heldNanoUsd).toBe(0);
  },
);

test.each(Object.entries(WALKED))(
  '%s: a field of no contract is refused',
  async (_path, walked) => {
    const before = room.calls.length;
    for (const field of ['best_of', 'samples', 'upscale', 'webhook', 'tools', 'N'])
      expect(await costOf(walked, field, 3), field).toBeNull();
    expect(room.calls.length).toBe(before);
  },
);

test('chat: each field of the published request is bounded, or refused', async () => {
  const { properties } = object.parse(
    z
      .looseObject({ $defs: z.record(z.string(), z.looseObject({})) })
      .parse(contractOf('openai-chat')).$defs['CreateChatCompletionRequest'],
  );
  room.json({
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  });
  for (const [field, schema] of Object.entries(properties))
    for (const value of [...SAMPLES, ...sizesOf(schema)]) {
      if (field === 'model' || field === 'stream') continue;
      const settled = await room.call({ [field]: value }).then(
        async (answer) => {
          await textOf(answer);
          return (await room.last())?.costNanoUsd ?? 0;
        },
        (error: unknown) => {
          if (error instanceof AppError && error.status === 400) return null;
          throw error;
        },
      );
      if (settled !== null)
        expect(settled, `${field}: ${JSON.stringify(value)}`).toBeGreaterThan(0);
    }
  expect((await room.state()).heldNanoUsd).toBe(0);
});
