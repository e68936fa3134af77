// probes/frames.ts for the build that bench/kit/builds.ts pins.
import { answer, framesPlan, measureFrames, planOf } from '../probes/loops.ts';

const plan = planOf(framesPlan);
const of = async (path) => await import(new URL(`lambdas/${path}`, plan.root));
const { STREAM_START } = await of('inference/domain/call.ts');
const { anthropicCall } = await of('inference/formats/anthropic-call.ts');
const { anthropicTurn } = await of('inference/formats/anthropic-turn.ts');
const { openaiCall } = await of('inference/formats/openai-call.ts');
const { openaiTurn } = await of('inference/formats/openai-turn.ts');
const { sseFrames } = await of('shared/sse.ts');

const request = {
  model: 'gpt-4o-mini',
  system: null,
  messages: [{ role: 'user', model: null, content: [{ type: 'text', text: 'hello' }] }],
  tools: [],
  maxTokens: 100,
  temperature: null,
};

const metered = (format) => async (stream) => {
  let state = STREAM_START;
  let seen = 0;
  for await (const { event, data } of sseFrames(stream)) {
    if (data !== null) ({ state } = format.step(state, event, data, true));
    seen += 1;
  }
  return seen;
};

const turn = (format, decoder) => async (stream) => {
  let state = STREAM_START;
  let decoded = decoder.start(request);
  let seen = 0;
  for await (const { event, data } of sseFrames(stream)) {
    if (data !== null) {
      ({ state } = format.step(state, event, data, true));
      [decoded] = decoder.step(decoded, event, data);
    }
    seen += 1;
  }
  return seen;
};

answer(
  await measureFrames(plan, {
    openaiMeter: { stream: 'openai', read: metered(openaiCall) },
    openaiTurn: { stream: 'openai', read: turn(openaiCall, openaiTurn) },
    anthropicMeter: { stream: 'anthropic', read: metered(anthropicCall) },
    anthropicTurn: { stream: 'anthropic', read: turn(anthropicCall, anthropicTurn) },
  }),
);
