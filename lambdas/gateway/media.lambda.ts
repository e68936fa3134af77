import { streamEntry } from '../platform/stream-entry.ts';
import { byRoute, httpDoor } from '../http/door.ts';
import { openaiSpeech } from '../inference/wires/openai-audio/speech.ts';
import {
  openaiTranscriptions,
  openaiTranslations,
} from '../inference/wires/openai-audio/transcriptions.ts';
import { openaiImageEdits, openaiImages } from '../inference/wires/openai-images/wire.ts';
import { unitRoutes } from './routes/complete-units-call.ts';
import { wireGateway } from './wire.ts';

const { env, inference } = wireGateway();

export const handler = streamEntry(
  httpDoor(
    env.CORS_ORIGINS,
    () => 'openai',
    byRoute(
      unitRoutes(
        inference,
        openaiSpeech,
        openaiTranscriptions,
        openaiTranslations,
        openaiImages,
        openaiImageEdits,
      ),
    ),
    // Nothing may stand in front of sound and images.
    () => 'bytes',
  ),
  env.STREAMING,
);
