import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import * as z from 'zod';
import type { OtlpInput } from '../../../lambdas/sre/in/otlp/read-otlp.ts';

/** Requests of real exporters lie beside the checkout; its README says how each was made. */
const FOLDER = '../shared/data/otlp-wire';

/** Why tests of recorded requests are skipped; null: they are there. */
export const missingRecordings = existsSync(FOLDER) ? null : `${FOLDER} is not there`;

const recording = z.object({
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  body_text: z.string().optional(),
  body_base64: z.string().optional(),
});

export interface Recorded extends OtlpInput {
  readonly name: string;
}

const signals = { '/v1/logs': 'logs', '/v1/traces': 'traces', '/v1/metrics': 'metrics' } as const;

const read = (file: string): Recorded => {
  const { path, headers, body_text, body_base64 } = recording.parse(
    JSON.parse(readFileSync(file, 'utf8')),
  );
  const signal = z.enum(['/v1/logs', '/v1/traces', '/v1/metrics']).parse(path);
  return {
    name: basename(file, '.json'),
    signal: signals[signal],
    contentType: headers['content-type'] ?? '',
    contentEncoding: headers['content-encoding'] ?? '',
    body:
      body_text === undefined ? Buffer.from(body_base64 ?? '', 'base64') : Buffer.from(body_text),
  };
};

export const recordedRequests = (): readonly Recorded[] =>
  globSync(`${FOLDER}/*.json`).toSorted().map(read);

export const recorded = (name: string): Recorded => read(`${FOLDER}/${name}.json`);
