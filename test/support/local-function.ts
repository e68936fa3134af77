import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FunctionHost, type FunctionConfig } from '../../local/lambda/function-host.ts';

/** A function of the local runtime whose bundle is this text. */
export const functionOf = (
  source: string,
  config: Partial<FunctionConfig> = {},
): { readonly host: FunctionHost; readonly dir: string } => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-function-'));
  return {
    dir,
    host: new FunctionHost({
      id: 'Fixture',
      entry: 'lambdas/room/fixture.lambda.ts',
      bundle: writeBundle(dir, 'index.mjs', source),
      timeoutMs: 10_000,
      memoryMb: 128,
      environment: { GREETING: 'hello' },
      logDir: join(dir, 'logs'),
      ...config,
    }),
  };
};

export const writeBundle = (dir: string, name: string, source: string): string => {
  const path = join(dir, name);
  writeFileSync(path, source);
  return path;
};
