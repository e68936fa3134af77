import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wireOf } from '../../support/foreign/families.ts';
import { speak, type Spoken } from '../../support/foreign/spoken.ts';
import { startStoredRoom, type StoredRoom } from '../../support/foreign/stored-room.ts';

const MODEL = 'gpt-4o';
const REFUSED: Spoken = { words: ["I can't ", 'help.'], reason: 'refusal' };
const PART = { type: 'refusal', refusal: "I can't help." };

let room: StoredRoom;
let openai: OpenAI;
beforeAll(async () => {
  room = await startStoredRoom();
  const { fetch } = room;
  openai = new OpenAI({ baseURL: 'http://127.0.0.1/v1', apiKey: 'k', maxRetries: 0, fetch });
});
afterAll(() => room.upstream.stop());

const say = (model: string, spoken: Spoken): void => {
  room.upstream.script = speak(wireOf(model), model, spoken);
};
const asked = (): unknown => room.upstream.requests.at(-1)?.body;

test.each([{}, { include: ['message.output_text.logprobs' as const] }])(
  'a refusal streams as one and is the same part when it is read (%j)',
  async (more) => {
    say(MODEL, { ...REFUSED, ...('include' in more ? { tellsLogprobs: true } : {}) });
    const stream = openai.responses.stream({
      model: MODEL,
      input: 'hi',
      ...more,
    });
    const told: OpenAI.Responses.ResponseStreamEvent[] = [];
    for await (const event of stream) told.push(event);
    const ofPart = told.filter((event) => 'content_index' in event);
    expect([...new Set(ofPart.map(({ type }) => type))]).toEqual([
      'response.content_part.added',
      'response.refusal.delta',
      'response.refusal.done',
      'response.content_part.done',
    ]);
    const deltas = ofPart.flatMap((event) =>
      event.type === 'response.refusal.delta' ? [event.delta] : [],
    );
    expect(deltas.join('')).toBe(PART.refusal);
    expect(ofPart.at(0)).toMatchObject({ part: { type: 'refusal', refusal: '' } });
    expect(ofPart.at(-1)).toMatchObject({ part: PART });
    const final = await stream.finalResponse();
    expect(final).toMatchObject({ output_text: '', output: [{ content: [PART] }] });
    const { output } = await openai.responses.retrieve(final.id);
    expect(output).toMatchObject([{ type: 'message', content: [PART] }]);
  },
);

test.each([MODEL, 'claude-opus-4-8', 'gemini-2.5-flash'])(
  'a refusal that comes back is told to %s as words, whoever keeps it',
  async (next) => {
    say(MODEL, REFUSED);
    const first = await openai.responses.create({ model: MODEL, input: 'hi' });
    say(next, { words: ['done'] });
    const kept = { previous_response_id: first.id, input: 'so' };
    const sent = {
      input: [{ role: 'user', content: 'hi' }, ...first.output, { role: 'user', content: 'so' }],
    };
    const bodies: unknown[] = [];
    for (const body of [kept, sent]) {
      // What is answered may be sent back as it came, by OpenAI's documents.
      await openai.post('/responses', { body: { model: next, ...body } });
      bodies.push(asked());
    }
    for (const body of bodies) {
      expect(JSON.stringify(body)).toContain("I can't help.");
      expect(JSON.stringify(body)).not.toContain('refus');
    }
  },
);
