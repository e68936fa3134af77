import type { RunEvent } from '../../lambdas/threads/domain/run-event.ts';
import type { DialectFrame } from '../../lambdas/threads/domain/dialect.ts';
import {
  bracketEnd,
  bracketStart,
  deniedResult,
  terminal,
  told,
  toolResult,
  toolUse,
} from './run-events.ts';

/** A whole loop: thinking, words, a call, its result, an answer. */
export const LOOP: readonly RunEvent[] = [
  bracketStart,
  ...told(0, { type: 'thinking', thinking: '' }, ['Hm']),
  ...told(1, { type: 'text', text: '' }, ['I ', 'look']),
  ...told(2, toolUse('toolu_1'), ['{"city":', '"Bonn"}']),
  ...bracketEnd('tool_use'),
  toolResult('toolu_1', 'sunny'),
  bracketStart,
  ...told(0, { type: 'text', text: '' }, ['Grüße 🙂']),
  ...bracketEnd('end_turn'),
  terminal('run.completed'),
];
/** What a dialect may meet: a turn told anew, a wait for a yes and for a result, a call that failed, the end. */
export const EVERYTHING: readonly RunEvent[] = [
  ...LOOP.slice(0, 6),
  { type: 'run.resumed', epoch: 2, restart: true },
  ...LOOP.slice(0, -7),
  bracketStart,
  ...told(0, toolUse('toolu_2'), ['{}']),
  ...told(1, toolUse('toolu_3'), ['{"a":1}']),
  ...bracketEnd('tool_use'),
  {
    type: 'run.requires_action',
    tool_use_ids: ['toolu_2', 'toolu_3'],
    approval_ids: ['toolu_2'],
  },
  deniedResult('toolu_2'),
  toolResult('toolu_3', 'broken', true),
  ...LOOP.slice(-7),
];

/** What a frame says. */
export const dataOf = ({ text }: DialectFrame): unknown =>
  JSON.parse(text.slice(text.indexOf('data: ') + 'data: '.length));
