/** What the transcription of a large file takes of a process's memory above what it has when it does nothing. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as z from 'zod';
import { bodyBytes } from '../../lambdas/http/body.ts';
import { readRequest } from '../../lambdas/http/request.ts';
import { completeUnits } from '../../lambdas/inference/calls/complete-units.ts';
import { openaiTranscriptions } from '../../lambdas/inference/wires/openai-audio/transcriptions.ts';
import { engineRoom } from '../../test/support/engine-room.ts';
import { KEY_ID } from '../../test/support/key-items.ts';
import { answer, planOf } from './loops.ts';

const plan = planOf(
  z.object({ upstream: z.string(), fileBytes: z.int(), calls: z.int(), atOnce: z.int() }),
);
const room = engineRoom(`${plan.upstream}/v1`);
await room.mint({ capNanoUsd: null });

const BOUNDARY = 'boundary-of-the-bench';
/** PCM of one channel at 16,000 samples of two bytes. */
const WAV = Buffer.from('UklGRgAAAABXQVZFZm10IBAAAAABAAEAgD4AAAB9AAACABAAZGF0YQAAAAA=', 'base64');
const formOf = (fileBytes: number): string =>
  Buffer.concat([
    Buffer.from(
      `--${BOUNDARY}\r\ncontent-disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--${BOUNDARY}\r\n` +
        'content-disposition: form-data; name="file"; filename="said.wav"\r\ncontent-type: audio/wav\r\n\r\n',
    ),
    WAV,
    Buffer.alloc(fileBytes, 7),
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ]).toString('base64');

/** One event, as the function's runtime hands it over, to the end of its answer. */
const call = async (body: string): Promise<void> => {
  const request = readRequest(
    {
      httpMethod: 'POST',
      resource: '/v1/audio/transcriptions',
      path: '/v1/audio/transcriptions',
      headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
      pathParameters: null,
      queryStringParameters: null,
      body,
      isBase64Encoded: true,
    },
    Date.now(),
  );
  const { status, body: told } = await completeUnits(room.deps, openaiTranscriptions, {
    credential: { keyId: KEY_ID, secretHash: 'hash' },
    requestId: request.requestId,
    holdId: request.holdId,
    headers: request.headers,
    body: bodyBytes(request),
    feature: null,
    deadlineMs: Date.now() + 60_000,
  });
  if (status !== 200) throw new Error(`answered ${status}`);
  if (!(told instanceof Uint8Array)) for await (const _piece of told);
};

setFlagsFromString('--expose_gc');
const collect = (): void => void runInNewContext('gc()');
const memoryMb = (name: 'VmRSS' | 'VmHWM'): number =>
  Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) /
  1_024;

for (let warmUp = 0; warmUp < 20; warmUp++) await call(formOf(1_000));
collect();
const idleMb = memoryMb('VmRSS');
const form = formOf(plan.fileBytes);
collect();
// The highest so far counts from here: https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html
writeFileSync('/proc/self/clear_refs', '5');
const eventMb = memoryMb('VmRSS') - idleMb;
for (let done = 0; done < plan.calls; done++)
  await Promise.all(Array.from({ length: plan.atOnce }, async () => await call(form)));
answer({ idleMb, eventMb, aboveMb: memoryMb('VmHWM') - idleMb });
