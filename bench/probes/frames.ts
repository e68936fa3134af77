/** What a call and a turn do with each frame of a provider. */
import type { TurnRequest } from '../../lambdas/inference/turn/turn.ts';
import { METER_START, type Wire } from '../../lambdas/inference/wires/wire.ts';
import { WIRES } from '../../test/support/all-wires.ts';
import { answer, framesPlan, measureFrames, planOf, type ReadStream } from './loops.ts';

const request: TurnRequest = {
  model: 'gpt-4o-mini',
  system: null,
  messages: [{ role: 'user', model: null, content: [{ type: 'text', text: 'hello' }] }],
  tools: [],
  maxTokens: 100,
  temperature: null,
};

const metered =
  (wire: Wire): ReadStream =>
  async (stream) => {
    let state = METER_START;
    let seen = 0;
    for await (const frames of wire.frames(stream))
      for (const frame of frames) {
        state = wire.meter(state, frame);
        seen += 1;
      }
    return seen;
  };

const inTurn =
  (wire: Wire): ReadStream =>
  async (stream) => {
    const { turn } = wire;
    if (turn === null) throw new Error(`${wire.name} has no turn`);
    let state = METER_START;
    let decoded = turn.start(request);
    let seen = 0;
    for await (const frames of wire.frames(stream))
      for (const frame of frames) {
        state = wire.meter(state, frame);
        [decoded] = turn.step(decoded, frame);
        seen += 1;
      }
    return seen;
  };

const openai = WIRES['openai-chat'];
const anthropic = WIRES['anthropic-messages'];
answer(
  await measureFrames(planOf(framesPlan), {
    openaiMeter: { stream: 'openai', read: metered(openai) },
    openaiTurn: { stream: 'openai', read: inTurn(openai) },
    anthropicMeter: { stream: 'anthropic', read: metered(anthropic) },
    anthropicTurn: { stream: 'anthropic', read: inTurn(anthropic) },
  }),
);
