import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { documentOf } from '../../cost/document.ts';
import { reportOf } from '../../cost/report.ts';
import { synthesize } from '../../cost/synthesize.ts';
import { DEFAULT_TRAFFIC } from '../../cost/traffic.ts';

describe('docs/cost.md', () => {
  const report = reportOf(synthesize({}), DEFAULT_TRAFFIC);

  test('is what `npm run cost -- --write` writes for the templates of today', () => {
    expect(readFileSync('docs/cost.md', 'utf8')).toBe(documentOf(report));
  });

  test('begins with seven lines, without a name of the template', () => {
    const [title, summary = ''] = documentOf(report).split('\n\n');
    expect(title).toBe('# Cost and quotas');
    expect(summary.split('\n')).toHaveLength(7);
    expect(documentOf(report)).not.toMatch(/[A-Z]\w+[0-9A-F]{8}\b/);
  });

  test('an idle stage stays within its goal', () => {
    expect(report.idleUsd).toBeLessThan(report.idleGoalUsd);
  });

  test('one capped call stays within its goal', () => {
    expect(report.callRunUsd).toBeLessThanOrEqual(report.callGoalUsd);
  });

  test('a year of logs stays within its goal where blocks are read when somebody searches', () => {
    const scan = report.logYear.goals.find(({ bill }) => bill.search === 'scan');
    expect(scan?.bill.usd).toBeLessThanOrEqual(scan?.goalUsd ?? 0);
  });

  test('a web ACL is in the bill of the stage that has one', () => {
    const guarded = reportOf(synthesize({ waf: 'rate' }), DEFAULT_TRAFFIC);
    expect(guarded.idleUsd - report.idleUsd).toBeCloseTo(6, 6);
    expect(guarded.callRunUsd - report.callRunUsd).toBeCloseTo(0.6e-6, 9);
  });
});
