import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { STAGE_SETTINGS } from '../../lib/shared/stage-config.ts';
import { GAPS } from '../deploy/support/gaps.ts';

const text = readFileSync('docs/deploy.md', 'utf8');
const section = (title: string): string =>
  text.split(/^## /m).find((part) => part.startsWith(title)) ?? '';
const rows = (title: string): readonly string[] =>
  section(title)
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    .slice(1);

describe('docs/deploy.md', () => {
  test('lists every setting of a stage, and no other', () => {
    const named = rows('Settings').flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    expect(new Set(named)).toEqual(new Set(STAGE_SETTINGS));
  });

  test('names every stack that the app makes', () => {
    const made = [
      ...readFileSync('bin/app.ts', 'utf8').matchAll(/`Sluice-\$\{config\.stage\}-(\w+)`/g),
    ];
    expect(made.length).toBeGreaterThan(2);
    for (const [, name = ''] of made) expect(text).toContain(`Sluice-dev-${name}`);
  });

  test('lists what the emulator cannot show, as the test of a deployment prints it', () => {
    expect(rows('Test of a deployment')).toEqual(
      GAPS.map(({ gap, cover }) => `| ${gap} | ${cover} |`),
    );
  });

  test('names outputs that the stacks have', () => {
    const stacks = ['state-stack', 'shared/front-door', 'sre/ingest-api']
      .map((file) => readFileSync(`lib/${file}.ts`, 'utf8'))
      .join('');
    for (const name of [
      'BaseUrl',
      'DomainTarget',
      'IngestUrl',
      'AdminKeyCommand',
      'ProviderKeyCommand',
    ]) {
      expect(text).toContain(name);
      expect(stacks).toContain(`'${name}'`);
    }
  });
});
