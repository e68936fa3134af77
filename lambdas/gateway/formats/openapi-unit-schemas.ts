import * as z from 'zod';

/** Only what the gateway reads of it is checked; on a key with a cap or a list of models no other field passes. */
export const embeddingCallSchema = z
  .looseObject({
    model: z.string(),
    input: z.union([z.string(), z.array(z.string()), z.array(z.int()), z.array(z.array(z.int()))]),
    encoding_format: z.enum(['float', 'base64']).optional(),
    dimensions: z.int().optional(),
    user: z.string().optional(),
  })
  .meta({ id: 'EmbeddingCall' });

export const moderationCallSchema = z
  .looseObject({
    model: z.string().optional(),
    input: z.union([
      z.string(),
      z.array(z.union([z.string(), z.looseObject({ type: z.string() })])),
    ]),
  })
  .meta({ id: 'ModerationCall' });

export const speechCallSchema = z
  .looseObject({
    model: z.string(),
    input: z.string(),
    voice: z.union([z.string(), z.looseObject({ id: z.string() })]).optional(),
    instructions: z.string().optional(),
    response_format: z.string().optional(),
    speed: z.number().optional(),
    stream_format: z.enum(['audio', 'sse']).optional(),
  })
  .meta({ id: 'SpeechCall' });

export const transcriptionCallSchema = z
  .looseObject({
    file: z.file().describe('WAV or MP3 where the model is paid by the second'),
    model: z.string(),
    language: z.string().optional(),
    prompt: z.string().optional(),
    response_format: z.string().optional(),
    temperature: z.number().optional(),
    stream: z.boolean().optional(),
  })
  .meta({ id: 'TranscriptionCall' });

const imageFields = {
  model: z.string(),
  prompt: z.string(),
  n: z.int().optional(),
  size: z.string().optional(),
  quality: z.string().optional(),
  stream: z.boolean().optional(),
  partial_images: z.int().optional(),
};
export const imageCallSchema = z.looseObject(imageFields).meta({ id: 'ImageCall' });

export const imageEditSchema = z
  .looseObject({
    ...imageFields,
    image: z.union([z.file(), z.array(z.file())]),
    mask: z.file().optional(),
  })
  .meta({ id: 'ImageEditCall' });
