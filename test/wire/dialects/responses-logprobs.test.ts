import { expect, test } from 'vitest';
import * as z from 'zod';
import type { BlockDelta } from '../../../lambdas/inference/turn/turn.ts';
import type { DialectRun } from '../../../lambdas/threads/domain/dialect.ts';
import type { RunEvent } from '../../../lambdas/threads/domain/run-event.ts';
import {
  responseOf,
  responsesDialect,
} from '../../../lambdas/threads/dialects/responses/formats/responses-dialect.ts';
import { LOGPROBS_ECHO } from '../../../lambdas/threads/dialects/responses/formats/responses-logprobs.ts';
import {
  bracketEnd,
  bracketStart,
  framesOf,
  logged,
  RUN,
  terminal,
} from '../../support/run-events.ts';
import { dataOf } from '../../support/dialect-runs.ts';

const ASKED: DialectRun = { ...RUN, echo: LOGPROBS_ECHO };

const delta = (one: BlockDelta): RunEvent => ({
  type: 'content_block_delta',
  index: 0,
  delta: one,
});
const words = (text: string): RunEvent => delta({ type: 'text_delta', text });
const likely = (...tokens: readonly string[]): RunEvent =>
  delta({
    type: 'logprobs_delta',
    logprobs: tokens.map((token) => ({ token, logprob: -1, top: [] })),
  });
const page = { type: 'url_citation', url: 'https://pages.example', title: 'A page' } as const;
const cited: RunEvent = delta({ type: 'citations_delta', citation: page });

const begun: readonly RunEvent[] = [
  bracketStart,
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
];
const over: readonly RunEvent[] = [
  { type: 'content_block_stop', index: 0 },
  ...bracketEnd('end_turn'),
  terminal('run.completed'),
];

const told = z.looseObject({
  type: z.string(),
  delta: z.string().optional(),
  logprobs: z.array(z.object({ token: z.string() })).optional(),
});
/** What the events of an answer's words carry: the words, and the tokens beside them. */
const pairsOf = (said: readonly RunEvent[], end = over, run = ASKED) =>
  framesOf(responsesDialect, [...begun, ...said, ...end], run).flatMap((frame) => {
    const { type, delta: text, logprobs = [] } = told.parse(dataOf(frame));
    if (type === 'response.output_text.annotation.added') return [['cited']];
    const tokens = logprobs.map(({ token }) => token);
    return type === 'response.output_text.delta' ? [[text, ...tokens]] : [];
  });

test.each([
  [
    'right behind them',
    [words('a'), likely('a'), words('b'), likely('b')],
    [
      ['a', 'a'],
      ['b', 'b'],
    ],
  ],
  ['all at once', [words('a'), words('b'), likely('a', 'b')], [['a'], ['b', 'a', 'b']]],
  [
    'in pieces',
    [words('ab'), likely('a'), likely('b')],
    [
      ['ab', 'a'],
      ['', 'b'],
    ],
  ],
  ['before them', [likely('a'), words('a')], [['', 'a'], ['a']]],
  ['of some of them', [words('a'), likely('a'), words('b')], [['a', 'a'], ['b']]],
  [
    'after a page that they lean on',
    [words('a'), cited, likely('a')],
    [['a'], ['cited'], ['', 'a']],
  ],
] as const)('tokens that come %s are told with the words that wait for them', (_, said, pairs) => {
  expect(pairsOf(said)).toEqual(pairs);
});

test.each(['run.interrupted', 'run.cancelled', 'run.failed'] as const)(
  'words that wait when their run ends by %s are told',
  (type) => {
    expect(pairsOf([words('a')], [terminal(type)])).toEqual([['a']]);
  },
);

test('a turn that begins again begins without the tokens of the one before', () => {
  const events: readonly RunEvent[] = [
    ...begun,
    words('a'),
    likely('a'),
    { type: 'run.resumed', epoch: 2, restart: true },
    ...begun,
    words('b'),
    likely('b'),
    ...over,
  ];
  expect(responseOf(ASKED, logged(events)).output).toMatchObject([
    { status: 'incomplete', content: [{ text: 'a', logprobs: [{ token: 'a' }] }] },
    { status: 'completed', content: [{ text: 'b', logprobs: [{ token: 'b' }] }] },
  ]);
});

test('a token whose bytes nobody knows has none, and no response shows what its run was asked', () => {
  const response = responseOf(
    ASKED,
    logged([...begun, words('\uFFFD'), likely('\uFFFD'), ...over]),
  );
  expect(response.output).toMatchObject([{ content: [{ logprobs: [{ bytes: [] }] }] }]);
  expect(Object.keys(response)).not.toContain('logprobs');
});

test('a run that was not asked has the events that it had before any provider told tokens', () => {
  const said = [words('a'), likely('a'), words('b'), likely('b')];
  expect(pairsOf(said, over, RUN)).toEqual([['a'], ['b']]);
});
