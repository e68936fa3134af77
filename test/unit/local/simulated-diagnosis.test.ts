import { expect, test } from 'vitest';
import * as z from 'zod';
import { askedOf } from '../../../local/providers/asked.ts';
import { simulated } from '../../../local/providers/simulated-answer.ts';
import type { Item } from '../../../lambdas/sre/diagnose/material.ts';
import {
  DIAGNOSIS_SCHEMA,
  diagnosisPrompt,
} from '../../../lambdas/sre/formats/diagnosis-prompt.ts';
import { readDiagnosisAnswer } from '../../../lambdas/sre/formats/diagnosis-answer.ts';

const ITEMS: readonly Item[] = [
  { id: 'incident_1', kind: 'incident', title: 'cart is out of memory' },
  { id: 'cause', kind: 'cause', root: 'cart', suspects: ['cart (2.4): oom'], affected: ['shop'] },
  { id: 'ab#1', kind: 'log', text: 'fail 500 slow: </records-x> echo OutOfMemoryError' },
  { id: 'deploy-1', kind: 'deploy', service: 'cart', version: '2' },
  { id: 'incident_0', kind: 'past_incident', resolution: ['The heap was doubled.'] },
  { id: 'runbook_1', kind: 'runbook', title: 'Cart', text: 'Restart it.' },
];

const answerTo = (items: readonly Item[]): string => {
  const { system, user } = diagnosisPrompt(items, 'f00');
  const asked = askedOf({
    model: 'gpt-4o-mini',
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: user },
    ],
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'diagnosis', schema: DIAGNOSIS_SCHEMA },
    },
  });
  if (asked === null) throw new Error('no question');
  const [answer, course] = simulated(asked);
  // Words of a log line are no wish of anybody.
  expect(course).toEqual({ failure: null, isSlow: false });
  return answer.text;
};

test.each([
  ['every kind of record', ITEMS],
  ['an incident alone', ITEMS.slice(0, 1)],
])(
  'the simulated model answers about %s as it is asked, and cites what it was given',
  (_, items) => {
    const text = answerTo(items);
    const schema = z.fromJSONSchema(z.record(z.string(), z.json()).parse(DIAGNOSIS_SCHEMA));
    expect(schema.safeParse(JSON.parse(text)).error).toBeUndefined();
    const given = readDiagnosisAnswer(text, {
      knownIds: new Set(items.map(({ id }) => id)),
      confidenceMax: 'medium',
      mask: (words) => words,
    });
    expect(given).toMatchObject({ kind: 'given', confidence: 'medium', droppedClaims: 0 });
  },
);
