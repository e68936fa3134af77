import { describe, expect, test } from 'vitest';
import { matchRunbooks, symptomsOf, type Symptom } from '../../../../lambdas/sre/runbooks/match.ts';
import type { RunbookMatch } from '../../../../lambdas/sre/runbooks/runbook.ts';
import { liveIncident, runbookOf } from '../../../support/sre/runbooks.ts';

const NONE: RunbookMatch = { service: null, environment: null, signal: null, template: null };
const head = (name: string, match: Partial<RunbookMatch>) =>
  runbookOf({ id: `runbook_${name}`, name, match: { ...NONE, ...match } });
const symptom = (given: Partial<Symptom> = {}): Symptom => ({
  service: 'checkout',
  environment: 'production',
  signal: 'oom',
  template: { id: '17', text: 'Out of memory: <*>' },
  isOfRoot: false,
  ...given,
});
const namesOf = (heads: readonly { readonly name: string }[]) => heads.map(({ name }) => name);

describe('which runbooks are for an incident', () => {
  test('the most specific comes first: template, then service, signal, environment', () => {
    const heads = [
      head('any', {}),
      head('environment', { environment: 'production' }),
      head('signal', { signal: 'oom' }),
      head('service', { service: 'checkout' }),
      head('signal and environment', { signal: 'oom', environment: 'production' }),
      head('template', { template: '17' }),
      head('all but the template', {
        service: 'checkout',
        signal: 'oom',
        environment: 'production',
      }),
    ];
    const sorted = [
      'template',
      'all but the template',
      'service',
      'signal and environment',
      'signal',
      'environment',
      'any',
    ];
    expect(namesOf(matchRunbooks(heads, [symptom()]))).toEqual(sorted);
    expect(namesOf(matchRunbooks(heads.toReversed(), [symptom()]))).toEqual(sorted);
  });

  test('a template is named by its id or its whole text', () => {
    const heads = [
      head('id', { template: '17' }),
      head('part', { template: 'Out of memory' }),
      head('text', { template: 'Out of memory: <*>' }),
    ];
    expect(namesOf(matchRunbooks(heads, [symptom()]))).toEqual(['id', 'text']);
    expect(matchRunbooks(heads, [symptom({ template: null })])).toEqual([]);
  });

  test('what it names must be true of one thing, not of several', () => {
    const heads = [head('both', { service: 'checkout', signal: 'crash' })];
    const two = [symptom({ signal: 'oom' }), symptom({ service: 'shop', signal: 'crash' })];
    expect(matchRunbooks(heads, two)).toEqual([]);
    expect(matchRunbooks(heads, [...two, symptom({ signal: 'crash' })])).toHaveLength(1);
  });

  test('of two that are as specific the one of the root comes first, then the names decide', () => {
    const heads = [head('b', { service: 'shop' }), head('a', { service: 'checkout' })];
    const both = [symptom(), symptom({ service: 'shop', isOfRoot: true })];
    expect(namesOf(matchRunbooks(heads, both))).toEqual(['b', 'a']);
    const noRoot = both.map((one) => ({ ...one, isOfRoot: false }));
    expect(namesOf(matchRunbooks(heads, noRoot))).toEqual(['a', 'b']);
  });

  test('members count whose anomalies are gone, and so does the line of the root', () => {
    const root = { environment: 'production', namespace: 'shop', service: 'payments-db' };
    const incident = liveIncident({
      cause: {
        root,
        confidence: 4,
        suspects: [],
        template: { id: '99', text: 'too many connections' },
        samples: [],
        chain: [],
        affected: [],
        timeline: [],
        gaps: [],
      },
    });
    const heads = [
      head('member', { service: 'checkout', signal: 'oom' }),
      head('root', { service: 'payments-db', template: '99' }),
    ];
    expect(namesOf(matchRunbooks(heads, symptomsOf(incident, [])))).toEqual(['root', 'member']);
  });
});
