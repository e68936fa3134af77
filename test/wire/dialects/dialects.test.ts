import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../lambdas/threads/domain/run-event.ts';
import { aiSdkDialect } from '../../../lambdas/threads/dialects/ai-sdk/formats/ai-sdk-dialect.ts';
import type { Dialect } from '../../../lambdas/threads/domain/dialect.ts';
import { nativeDialect } from '../../../lambdas/threads/dialects/native/formats/native-dialect.ts';
import { qlaudDialect } from '../../../lambdas/threads/dialects/qlaud/formats/qlaud-dialect.ts';
import { responsesDialect } from '../../../lambdas/threads/dialects/responses/formats/responses-dialect.ts';
import {
  RUN,
  bracketEnd,
  bracketStart,
  deniedResult,
  framesOf,
  logged,
  runs,
  terminal,
  told,
  toolResult,
} from '../../support/run-events.ts';
import { dataOf, EVERYTHING, LOOP } from '../../support/dialect-runs.ts';
import { DIALECTS } from '../../support/dialects.ts';

const keeps = <S>(dialect: Dialect<S>) => ({
  frames: (events: readonly RunEvent[]) => framesOf(dialect, events),
});

describe.each([
  ['native', keeps(nativeDialect)],
  ['AI SDK', keeps(aiSdkDialect)],
  ['Responses', keeps(responsesDialect)],
])('any run in the dialect %s', (_name, dialect) => {
  test('numbers its frames 0, 1, 2 ..., each one server-sent event of one line of data', () => {
    fc.assert(
      fc.property(runs, (events) => {
        const frames = dialect.frames(events);
        expect(frames.map(({ ordinal }) => ordinal)).toEqual([...frames.keys()]);
        for (const { text } of frames)
          expect(text).toMatch(
            /^(id: [\d.]+\n)?(event: [\w.]+\n)?data: \{[^\n\r\u0085\u2028\u2029]*\}\n\n$/,
          );
      }),
    );
  });

  test('escapes what some reader takes for a line end, and says the same', () => {
    const words = 'a\u0085b\u2028c\u2029d\ne';
    const frames = dialect.frames([bracketStart, ...told(0, { type: 'text', text: '' }, [words])]);
    for (const { text } of frames) expect(text.trimEnd()).not.toMatch(/[\u0085\u2028\u2029]/);
    expect(JSON.stringify(frames.map(dataOf))).toContain(JSON.stringify(words).slice(1, -1));
  });

  test('what was told of a prefix stays, and streams end where the run ends or waits', () => {
    fc.assert(
      fc.property(runs, fc.nat(), (events, place) => {
        const frames = dialect.frames(events);
        const prefix = dialect.frames(events.slice(0, place % (events.length + 1)));
        expect(frames.slice(0, prefix.length)).toEqual(prefix);
        const waits = events.filter(({ type }) => type === 'run.requires_action').length;
        expect(frames.filter(({ ends }) => ends)).toHaveLength(waits + 1);
        expect(frames.at(-1)?.ends).toBe(true);
      }),
    );
  });
});

test('native frames are Anthropic’s events with a cursor each, and the run’s own between', () => {
  const texts = framesOf(nativeDialect, LOOP).map(({ text }) => text);
  expect(texts.slice(0, 3)).toEqual([
    'id: 0000000002.00000000\nevent: message_start\ndata: {"type":"message_start","message":{"id":"msg_0123_2","type":"message","role":"assistant","model":"claude-opus-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}}}\n\n',
    'id: 0000000002.00000001\nevent: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}\n\n',
    'id: 0000000002.00000002\nevent: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}}\n\n',
  ]);
  expect(texts.at(-1)).toContain('event: run.completed\ndata: {"type":"run.completed",');
});

test('the AI SDK gets steps that hold their results, and a finish with what it cost', () => {
  expect(framesOf(aiSdkDialect, LOOP).map(dataOf)).toEqual([
    { type: 'start', messageId: 'msg_0123_2' },
    { type: 'start-step' },
    { type: 'reasoning-start', id: '1-0' },
    { type: 'reasoning-delta', id: '1-0', delta: 'Hm' },
    { type: 'reasoning-end', id: '1-0' },
    { type: 'text-start', id: '1-1' },
    { type: 'text-delta', id: '1-1', delta: 'I ' },
    { type: 'text-delta', id: '1-1', delta: 'look' },
    { type: 'text-end', id: '1-1' },
    { type: 'tool-input-start', toolCallId: 'toolu_1', toolName: 'server/weather' },
    { type: 'tool-input-delta', toolCallId: 'toolu_1', inputTextDelta: '{"city":' },
    { type: 'tool-input-delta', toolCallId: 'toolu_1', inputTextDelta: '"Bonn"}' },
    {
      type: 'tool-input-available',
      toolCallId: 'toolu_1',
      toolName: 'server/weather',
      input: { city: 'Bonn' },
    },
    { type: 'tool-output-available', toolCallId: 'toolu_1', output: 'sunny' },
    { type: 'finish-step' },
    { type: 'start-step' },
    { type: 'text-start', id: '2-0' },
    { type: 'text-delta', id: '2-0', delta: 'Grüße 🙂' },
    { type: 'text-end', id: '2-0' },
    { type: 'finish-step' },
    {
      type: 'finish',
      finishReason: 'stop',
      messageMetadata: expect.objectContaining({ run_id: 'run_0123_2', cost_micros: 7 }),
    },
  ]);
});

test('the AI SDK is asked for a yes or a no by the call’s own id, and told of a no as such', () => {
  const at = LOOP.findIndex(({ type }) => type === 'tool_result');
  const wait: RunEvent = {
    type: 'run.requires_action',
    tool_use_ids: ['toolu_1'],
    approval_ids: ['toolu_1'],
  };
  const events = [...LOOP.slice(0, at), wait, deniedResult('toolu_1'), ...LOOP.slice(at + 1)];
  const chunks = framesOf(aiSdkDialect, events).map(dataOf);
  const asked = chunks.findIndex((chunk) => JSON.stringify(chunk).includes('approval'));
  expect(chunks.slice(asked, asked + 5)).toEqual([
    { type: 'tool-approval-request', approvalId: 'toolu_1', toolCallId: 'toolu_1' },
    { type: 'finish-step' },
    { type: 'finish', finishReason: 'tool-calls' },
    { type: 'tool-output-denied', toolCallId: 'toolu_1' },
    { type: 'start-step' },
  ]);
});

test('an alias adds its events between those of the native stream, and takes none of their places', () => {
  fc.assert(
    fc.property(runs, (events) => {
      const native = framesOf(nativeDialect, events);
      const frames = framesOf(qlaudDialect, events);
      expect(frames.map(({ ordinal, ends }) => [ordinal, ends])).toEqual(
        native.map(({ ordinal, ends }) => [ordinal, ends]),
      );
      for (const [at, { text }] of frames.entries()) {
        const told = text.split(/(?<=\n\n)/);
        expect(told.at(-1)).toBe(native[at]?.text);
        for (const alias of told.slice(0, -1))
          expect(alias).toMatch(/^event: qlaud\.\w+\ndata: \{[^\n]*\}\n\n$/);
      }
    }),
  );
});

const aliasesOf = (events: readonly RunEvent[]) =>
  framesOf(qlaudDialect, events).flatMap(({ text }) =>
    [...text.matchAll(/^data: (\{"type":"qlaud.*)$/gm)].map(([, data = '']): unknown =>
      JSON.parse(data),
    ),
  );

test('clients of the qlaud API hear of turns, calls, results and the end, with its integer seq', () => {
  expect(aliasesOf(LOOP)).toEqual([
    {
      type: 'qlaud.tool_dispatch_start',
      iteration: 1,
      tool_use_id: 'toolu_1',
      name: 'server/weather',
    },
    {
      type: 'qlaud.tool_dispatch_done',
      iteration: 1,
      tool_use_id: 'toolu_1',
      name: 'server/weather',
      is_error: false,
      output: 'sunny',
    },
    { type: 'qlaud.iteration_start', iteration: 2 },
    {
      type: 'qlaud.done',
      iterations: 2,
      hit_max_iterations: false,
      cost_micros: 7,
      seq: 2 * 128 + 2,
      thread_id: 'thread_0123',
    },
  ]);
  expect(aliasesOf([...LOOP.slice(0, 6), terminal('run.failed')])).toEqual([
    { type: 'qlaud.error', message: 'It broke.', iteration: 1 },
    {
      type: 'qlaud.done',
      iterations: 1,
      hit_max_iterations: false,
      cost_micros: 7,
      seq: 2 * 128,
      thread_id: 'thread_0123',
    },
  ]);
});

test('a run of the first qlaud version that failed ends with its error alone, as it always did', () => {
  const [first] = DIALECTS.qlaud;
  const frames = logged([...LOOP.slice(0, 6), terminal('run.failed')]).flatMap(
    first?.renderer(RUN) ?? (() => []),
  );
  const text = frames.map((frame) => frame.text).join('');
  expect(text.match(/^event: qlaud\.\w+$/gm)).toEqual(['event: qlaud.error']);
});

test('a client of the qlaud API is not told to run its call before the run waits for it', () => {
  const call = { type: 'tool_use', id: 'toolu_9', name: 'look', input: {} } as const;
  const turn = [bracketStart, ...told(0, call, ['{}']), ...bracketEnd('tool_use')];
  expect(aliasesOf(turn)).toEqual([]);
  const wait: RunEvent = { type: 'run.requires_action', tool_use_ids: ['toolu_9'] };
  expect(aliasesOf([...turn, wait])).toEqual([
    { type: 'qlaud.tool_dispatch_start', iteration: 1, tool_use_id: 'toolu_9', name: 'look' },
  ]);
});

test('a turn that is told anew is the same iteration', () => {
  const anew: RunEvent = { type: 'run.resumed', epoch: 2, restart: true };
  const iterations = aliasesOf([...LOOP.slice(0, -3), anew, ...LOOP.slice(-7)]);
  expect(iterations.at(-1)).toMatchObject({ iterations: 2, seq: 258 });
});

test('a call that was cut shows the AI SDK the result that it got, not only that it was cut', () => {
  const at = LOOP.findIndex(({ type }) => type === 'message_delta') - 2;
  const cut = [...LOOP.slice(0, at), toolResult('toolu_1', 'cancelled', true)];
  const chunks = framesOf(aiSdkDialect, [...cut, terminal('run.cancelled')]).map(dataOf);
  const ends = chunks.filter((chunk) => /tool-(input|output)-error/.test(JSON.stringify(chunk)));
  expect(ends).toEqual([
    expect.objectContaining({ type: 'tool-input-error', input: '{"city":' }),
    { type: 'tool-output-error', toolCallId: 'toolu_1', errorText: 'cancelled' },
  ]);
});

describe.each(Object.entries(DIALECTS))('the dialect %s', (name, versions) => {
  test.each(versions.map((dialect, at) => [at + 1, dialect] as const))(
    'says in its version %d what it always said, to the byte',
    (number, dialect) => {
      const said = readFileSync(`test/fixtures/dialects/${name}-${number}.txt`, 'utf8');
      expect(
        logged(EVERYTHING)
          .flatMap(dialect.renderer(RUN))
          .map(({ text }) => text)
          .join(''),
      ).toBe(said);
    },
  );
});

test.each([
  ['run.cancelled', 'abort', 'other'],
  ['run.failed', 'error', 'error'],
  ['run.interrupted', 'text-end', 'other'],
] as const)('a run that was cut closes what is open: %s', (type, sign, finishReason) => {
  const cut = [...LOOP.slice(0, 6), terminal(type)];
  const chunks = framesOf(aiSdkDialect, cut).map(dataOf);
  expect(chunks).toContainEqual({ type: 'text-end', id: '1-1' });
  expect(chunks).toContainEqual(expect.objectContaining({ type: sign }));
  expect(chunks.at(-1)).toMatchObject({ type: 'finish', finishReason });
});
