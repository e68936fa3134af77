import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { askedOf, type Asked } from './asked.ts';
import { simulated, type Course, type SimulatedAnswer } from './simulated-answer.ts';
import { answerUnits, isUnitPath } from './simulated-units.ts';
import { anthropicBody, anthropicError, anthropicFrames } from './wires/anthropic-messages.ts';
import { geminiAsked, geminiBody, geminiError, geminiFrames } from './wires/gemini.ts';
import { openaiBody, openaiError, openaiFrames } from './wires/openai-chat.ts';

const PACE_MS = 10;
const SLOW_PACE_MS = 250;
/** An answer that breaks has this many frames before it does. */
const BROKEN_FRAMES = 8;
const RETRY_AFTER_SECONDS = 1;

interface Wire {
  readonly body: (asked: Asked, answer: SimulatedAnswer) => object;
  readonly frames: (asked: Asked, answer: SimulatedAnswer) => readonly string[];
  readonly error: (status: number, message: string) => object;
}

const OPENAI: Wire = { body: openaiBody, frames: openaiFrames, error: openaiError };
const ANTHROPIC: Wire = { body: anthropicBody, frames: anthropicFrames, error: anthropicError };
const GEMINI: Wire = { body: geminiBody, frames: geminiFrames, error: geminiError };

/** What a path asks, on a wire that names the model there. */
const GEMINI_PATH = /\/models\/([^/]+):(generateContent|streamGenerateContent)$/;

/** Answers one call on the wire that its path names. */
export const answerCall = async (
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const path = (request.url ?? '').split('?')[0] ?? '';
  if (isUnitPath(path)) return await answerUnits(path, request, response);
  const [, model, action] = GEMINI_PATH.exec(path) ?? [];
  const wire = model !== undefined ? GEMINI : path.endsWith('/messages') ? ANTHROPIC : OPENAI;
  const body = await bodyOf(request);
  if (wire === OPENAI && !path.endsWith('/chat/completions'))
    return refuse(response, wire, 404, `${path} is not simulated.`);
  const isStream = action === 'streamGenerateContent';
  const told = model === undefined ? body : geminiAsked(body, decodeURIComponent(model), isStream);
  const asked = askedOf(told);
  if (asked === null) return refuse(response, wire, 400, 'The body has no messages.');
  const [answer, course] = simulated(asked);
  if (typeof course.failure === 'number')
    return refuse(response, wire, course.failure, `This ${course.failure} is simulated.`);
  const frames = wire.frames(asked, answer);
  const left = new AbortController();
  response.on('close', () => left.abort());
  try {
    if (asked.isStream && wire === GEMINI && !isEvents(request))
      await whole(response, chunksOf(frames), frames.length, course, left.signal);
    else if (asked.isStream) await stream(response, frames, course, left.signal);
    else await whole(response, wire.body(asked, answer), frames.length, course, left.signal);
  } catch (error) {
    if (!left.signal.aborted) throw error;
  }
};

/** Without `alt=sse` the chunks of a stream come as one list. */
const isEvents = ({ url = '' }: IncomingMessage): boolean => /[?&]alt=sse(?:&|$)/.test(url);

const chunksOf = (frames: readonly string[]): object =>
  frames.map((frame): unknown => JSON.parse(frame.slice('data: '.length)));

const stream = async (
  response: ServerResponse,
  frames: readonly string[],
  { failure, isSlow }: Course,
  signal: AbortSignal,
): Promise<void> => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  const sent = failure === 'mid-stream' ? frames.slice(0, BROKEN_FRAMES) : frames;
  for (const frame of sent) {
    await wait(isSlow ? SLOW_PACE_MS : PACE_MS, undefined, { signal });
    if (!response.write(frame)) await once(response, 'drain', { signal });
  }
  if (failure === 'mid-stream') response.destroy();
  else response.end();
};

const whole = async (
  response: ServerResponse,
  body: object,
  frames: number,
  { failure, isSlow }: Course,
  signal: AbortSignal,
): Promise<void> => {
  if (isSlow) await wait(frames * SLOW_PACE_MS, undefined, { signal });
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
  if (failure === null) return void response.end(text);
  response.write(text.subarray(0, text.length / 2), () => response.destroy());
};

const refuse = (response: ServerResponse, wire: Wire, status: number, message: string): void => {
  if (status === 429) response.setHeader('retry-after', RETRY_AFTER_SECONDS);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(wire.error(status, message)));
};

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(Buffer.from(piece));
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch {
    return null;
  }
};
