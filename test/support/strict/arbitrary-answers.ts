import * as fc from 'fast-check';
import { isRecord } from '../../../lambdas/http/body.ts';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { textOf } from '../engine-room.ts';
import { FAMILIES, wireOf } from '../foreign/families.ts';
import { ROUTES, startForeignRoom, type ForeignRoom } from '../foreign/foreign-room.ts';
import { valuesOf } from '../foreign/heard.ts';
import { speak, type Spoken } from '../foreign/spoken.ts';
import type { Script } from '../scripted-upstream.ts';

const text = fc.oneof(
  fc.constantFrom('', ' ', 'Hi', '日本', 'half \ud83d', '\ude00 half', '"}\n\ndata: {', '</tool>'),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const input = fc
  .dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
  .chain((value) => {
    const json = JSON.stringify(value);
    return fc.nat(json.length).map((place) => [json.slice(0, place), json.slice(place)]);
  });
const spokens: fc.Arbitrary<Spoken> = fc.record(
  {
    thinking: fc.record(
      { words: text, signature: fc.constant('c2ln') },
      { requiredKeys: ['words'] },
    ),
    words: fc.array(text, { maxLength: 5 }),
    pages: fc.array(
      fc.record({ url: fc.constantFrom('https://a.example', '', 'no url'), title: text }),
      { maxLength: 2 },
    ),
    calls: fc.array(
      fc.record({
        id: fc.constantFrom('call_1', 'toolu_2', '', 'ü', 'x'.repeat(80)),
        name: fc.constantFrom('look', 'weather', '', 'made up/by it'),
        input,
      }),
      { maxLength: 3 },
    ),
    reason: fc.constantFrom('end', 'length', 'stop', 'refusal'),
  },
  { requiredKeys: [] },
);
/** What stands where something else was to be; null: nothing was changed. */
const oddities = fc.option(
  fc.record({
    frame: fc.nat(30),
    place: fc.nat(30),
    value: fc.constantFrom<unknown>(null, '', 'odd', -1, 1.5, 1e300, true, [], {}, [null], {
      a: 1,
    }),
  }),
  { nil: null },
);

type Odd = { readonly frame: number; readonly place: number; readonly value: unknown };

/** The same answer, with one value of one of its events another. */
const spoiled = (script: Script, odd: Odd | null): Script => {
  const { chunks = [] } = script;
  const at = odd === null ? -1 : odd.frame % Math.max(1, chunks.length);
  const chunk = chunks[at];
  if (odd === null || typeof chunk !== 'string') return script;
  const changed = chunk.replace(/^data: (\{.*\})$/m, (_line, json: string) => {
    const value: unknown = JSON.parse(json);
    const places = placesIn(value);
    const place = places[odd.place % places.length] ?? [];
    return `data: ${JSON.stringify(putAt(value, place, odd.value))}`;
  });
  return { ...script, chunks: chunks.with(at, changed) };
};

type Place = readonly (string | number)[];

const placesIn = (value: unknown, at: Place = []): readonly Place[] => {
  const inner = Array.isArray(value)
    ? value.flatMap((item: unknown, index) => placesIn(item, [...at, index]))
    : isRecord(value)
      ? Object.entries(value).flatMap(([key, item]) => placesIn(item, [...at, key]))
      : [];
  return at.length === 0 ? inner : [at, ...inner];
};

const putAt = (value: unknown, [first, ...rest]: Place, put: unknown): unknown => {
  if (first === undefined) return put;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (index === first ? putAt(item, rest, put) : item));
  return isRecord(value) ? { ...value, [first]: putAt(value[first], rest, put) } : value;
};

const DIALECTS = [
  { path: '/v1/chat/completions', vendor: 'openai', own: 'openai-chat' },
  { path: '/v1/messages', vendor: 'anthropic', own: 'anthropic-messages' },
  { path: ':generateContent', vendor: 'google', own: 'gemini' },
] as const;

/** How many answers came of as many that providers gave, in the words of other vendors: each is kept to be parsed. */
export const keepAnyAnswers = async (count: number): Promise<number> => {
  const room = await startForeignRoom({ capNanoUsd: null });
  let answered = 0;
  try {
    for (const asked of fc.sample(answers, count)) if (await answersOne(room, asked)) answered++;
  } finally {
    room.stop();
  }
  return answered;
};

const answers = fc.record({
  dialect: fc.constantFrom(...DIALECTS),
  model: fc.constantFrom(...FAMILIES),
  spoken: spokens,
  odd: oddities,
  stream: fc.boolean(),
});
type Answered = typeof answers extends fc.Arbitrary<infer T> ? T : never;

/** false: what its provider said was no answer, or is passed as it came. */
const answersOne = async (
  { room, upstream }: ForeignRoom,
  { dialect: { path, vendor, own }, model, spoken, odd, stream }: Answered,
): Promise<boolean> => {
  const wire = wireOf(model);
  const route = ROUTES[path];
  if (route === undefined || wire === own) return false;
  upstream.script = spoiled(speak(wire, model, spoken), odd);
  const dialect = async () => await Promise.resolve(route.dialect);
  const hi = { messages: [{ role: 'user', content: 'hi' }], max_tokens: 4_000 };
  const [body, words] =
    own === 'gemini'
      ? [
          { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
          { path: { model, isStream: stream } },
        ]
      : [{ ...hi, model, stream }, {}];
  try {
    const answer = await room.send(Buffer.from(JSON.stringify(body)), {
      wire: own,
      dialect,
      ...words,
    });
    const text = await textOf(answer);
    if (answer.status !== 200 || /"error"/.test(text)) return false;
    valuesOf(vendor, text, stream);
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
};
