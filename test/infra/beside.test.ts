import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../lib/shared/bundle.ts';
import { filesBeside, PARTS, writeFiles } from '../../lib/shared/function-code.ts';

describe('what lies beside a bundle', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-beside-'));
  beforeAll(() => writeFiles(folder, filesBeside(PARTS)));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('every file of lambdas/beside can be shipped', () => {
    const files = readdirSync(join(ROOT, 'lambdas/beside')).map((name) => basename(name, '.ts'));
    expect(files.toSorted()).toEqual(PARTS.toSorted());
  });

  test.each(PARTS)('%s loads outside of the project and is what the source says', async (part) => {
    const script = join(folder, `${part}.mjs`);
    writeFileSync(
      script,
      `console.log(JSON.stringify(Object.keys(await import('#beside/${part}'))));`,
    );
    const shipped: unknown = JSON.parse(
      execFileSync(process.execPath, [script], { cwd: folder, encoding: 'utf8' }),
    );
    const source: object = await import(`../../lambdas/beside/${part}.ts`);
    expect(shipped).toEqual(Object.keys(source).toSorted());
  });
});
