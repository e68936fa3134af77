import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import openapiTS, { astToString } from 'openapi-typescript';
import { describe, expect, test } from 'vitest';
import { CONTRACT } from '../../lambdas/contract.ts';
import { openApiDocument } from '../../lambdas/http/openapi-parts.ts';

const source = JSON.stringify(openApiDocument('0.1.0', CONTRACT));
const problemsOf = async (text: string): Promise<readonly string[]> => {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source: text, config });
  return problems.map(({ ruleId, message, location }) => {
    return `${ruleId}: ${message} (${location[0]?.pointer ?? ''})`;
  });
};

describe('the contract, in the hands of the tools of others', () => {
  test('Redocly finds no error and nothing to warn of, and its examples fit their schemas', async () => {
    expect(await problemsOf(source)).toEqual([]);
  });

  test('an example that does not fit would be found', async () => {
    const wrong = source.replace('"grace_seconds":3600', '"grace_seconds":"an hour"');
    expect(wrong).not.toBe(source);
    expect((await problemsOf(wrong))[0]).toContain('no-invalid-media-type-examples');
  });

  test('types made by openapi-typescript pass the compiler, with the checks of libraries on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-types-'));
    try {
      writeFileSync(
        join(folder, 'contract.ts'),
        `${astToString(await openapiTS(source))}\nexport const secret: components['schemas']['KeyWithSecret']['secret'] = 'text';\n`,
      );
      const options = ['--noEmit', '--strict', '--skipLibCheck', 'false', 'contract.ts'];
      execFileSync(resolve('node_modules/.bin/tsc'), options, { cwd: folder, encoding: 'utf8' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
