import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { problemOf } from './contract.ts';

const defs = z.object({ $defs: z.record(z.string(), z.record(z.string(), z.json())) });
const read = new Map<string, z.ZodType>();

/** Requests of OpenAI that are no conversation, by the names of its contract. */
export const UNIT_REQUESTS = {
  '/embeddings': 'CreateEmbeddingRequest',
  '/moderations': 'CreateModerationRequest',
  '/audio/speech': 'CreateSpeechRequest',
  '/audio/transcriptions': 'CreateTranscriptionRequest',
  '/audio/translations': 'CreateTranslationRequest',
  '/images/generations': 'CreateImageRequest',
  '/images/edits': 'CreateImageEditRequest',
} as const;

export const unitContract = (): z.infer<typeof defs>['$defs'] =>
  defs.parse(JSON.parse(readFileSync('test/fixtures/contracts/openai-units.json', 'utf8'))).$defs;

/** What a request has that its contract has not, or lacks; null: nothing. */
export const unitProblem = (name: string, body: unknown): string | null => {
  const schema =
    read.get(name) ?? z.fromJSONSchema({ $ref: `#/$defs/${name}`, $defs: unitContract() });
  read.set(name, schema);
  const { error } = schema.safeParse(body);
  return error === undefined ? null : problemOf(error.issues);
};
