import { readdirSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import type { Shape } from './oracle/shape.ts';
import type { WireName } from '../../lambdas/inference/models/families.ts';

const DIR = 'test/fixtures/provider-wires';
const piece = z.union([
  z.string().transform((text) => Buffer.from(text)),
  z.object({ base64: z.base64() }).transform(({ base64 }) => Buffer.from(base64, 'base64')),
]);
const recorded = z
  .object({
    about: z.string(),
    status: z.number(),
    headers: z.record(z.string(), z.string()),
    body: piece.optional(),
    pieces: z.array(piece).optional(),
  })
  .transform(({ about, status, headers, body, pieces }) => ({
    about,
    status,
    headers,
    isStream: pieces !== undefined,
    type: headers['content-type'] ?? '',
    pieces: pieces ?? (body === undefined ? [] : [body]),
  }));

/** An upstream answer as it came, in the pieces in which it came. */
export type RecordedAnswer = z.infer<typeof recorded>;

export const recordedAnswer = (wire: WireName, name: string): RecordedAnswer =>
  recorded.parse(JSON.parse(readFileSync(`${DIR}/${wire}/${name}.json`, 'utf8')));

export const recordedNames = (wire: WireName): readonly string[] =>
  readdirSync(`${DIR}/${wire}`).map((file) => file.replace(/\.json$/, ''));

export const recordedShape = (wire: WireName, name: string): Shape => {
  const { status, headers, isStream, pieces } = recordedAnswer(wire, name);
  return { name: `recorded: ${name}`, wire, status, headers, isStream, pieces, ending: 'end' };
};
