import { isUtf8 } from 'node:buffer';
import * as z from 'zod';
import { parseJson } from '../../../inference/turn/partial-json.ts';
import { AppError } from '../../../shared/app-error.ts';
import { utf8Text } from '../../../shared/utf8.ts';
import { cutFrames, framesOf } from '../domain/frames.ts';
import type { CallResult, JobError } from '../domain/job.ts';
import { RESULT_BYTES_MAX } from '../domain/limits.ts';
import type { CallAnswer } from '../ports/job-calls.ts';
import type { FrameLog } from './frame-log.ts';

/** What came of a call: its bytes, and how many pieces of a stream's frames its readers have been shown. */
export interface CameAnswer {
  /** null: more than is kept. */
  readonly bytes: Buffer | null;
  readonly frames: number;
  /** Why it broke off; null: it came to its end. */
  readonly broken: JobError | null;
}

/**
 * Reads an answer to its end, whatever of it is kept: its settlement is inside. Frames of a stream go into the log.
 */
export const collectAnswer = async (
  { headers, body }: CallAnswer,
  log: FrameLog | null,
): Promise<CameAnswer> => {
  const isEvents = headers['content-type']?.startsWith('text/event-stream') === true;
  const kept: Uint8Array[] = [];
  let bytes = 0;
  let frames = 0;
  let rest = '';
  const decoder = new TextDecoder();
  let broken: JobError | null = null;
  try {
    for await (const piece of piecesOf(body)) {
      bytes += piece.length;
      if (bytes <= RESULT_BYTES_MAX) kept.push(piece);
      else kept.length = 0;
      if (log === null || !isEvents) continue;
      const cut = cutFrames(rest + decoder.decode(piece, { stream: true }));
      rest = cut.rest;
      for (const frame of cut.frames) frames += await log.show(frame);
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    broken = { code: error.code, message: error.publicMessage };
  }
  const whole = bytes <= RESULT_BYTES_MAX ? Buffer.concat(kept) : null;
  if (log !== null && isEvents && rest !== '') frames += await log.show(`${rest}\n\n`);
  return { bytes: whole, frames: isEvents ? frames : 0, broken };
};

async function* piecesOf(body: CallAnswer['body']): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) yield body;
  else yield* body;
}

/** The answer as it is stored. */
export const resultOf = (
  { status, headers }: CallAnswer,
  { bytes, broken }: CameAnswer,
  call: Pick<CallResult, 'index' | 'requestId' | 'costNanoUsd'>,
): CallResult => {
  const isText = bytes === null || isUtf8(bytes);
  return {
    ...call,
    statusCode: status,
    type: headers['content-type'] ?? 'application/json',
    encoding: isText ? 'utf8' : 'base64',
    content: bytes?.toString(isText ? 'utf8' : 'base64') ?? '',
    error:
      bytes === null
        ? {
            code: 'answer_too_large',
            message: `The answer passes ${RESULT_BYTES_MAX} bytes: it was paid for and is not kept.`,
          }
        : broken,
  };
};

const told = z.object({
  error: z.object({ code: z.union([z.string(), z.number()]).nullish(), message: z.string() }),
});

/** Why a call failed, in words of its route or of its provider. */
export const errorOf = ({ status, error }: CallAnswer, content: string): JobError =>
  error === null
    ? (toldIn(content) ?? failedWith(`The call was answered with status ${status}.`))
    : { code: error.code, message: error.publicMessage };

/** Of a stream no more than this is looked at for the error that ends it. */
const END_BYTES_MAX = 65_536;

/** Why a stream came to a bad end, whose status was said before. */
export const errorOfStream = ({ bytes }: Pick<CameAnswer, 'bytes'>): JobError => {
  const end = utf8Text(bytes?.subarray(-END_BYTES_MAX) ?? Buffer.alloc(0));
  const errors = framesOf(end).flatMap((frame) => toldIn(/^data: ?(.*)$/m.exec(frame)?.[1]) ?? []);
  return errors.at(-1) ?? failedWith('The provider did not end its answer.');
};

const failedWith = (message: string): JobError => ({ code: 'provider_error', message });

const toldIn = (json = ''): JobError | null => {
  const error = told.safeParse(parseJson(json)).data?.error;
  if (error === undefined) return null;
  return { code: String(error.code ?? 'provider_error'), message: error.message };
};
