import type { BuildOptions } from 'esbuild';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** How every function is bundled, in esbuild's own words: the size test and the benchmark build with it too. */
export const BUNDLE = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  minify: true,
  legalComments: 'none',
  mainFields: ['module', 'main'],
  /** Parts that are stored beside the bundle of those that need them: lambdas/beside has one file for each. */
  external: ['#beside/*'],
  alias: {
    '@aws-sdk/credential-provider-node': `${ROOT}lambdas/platform/aws-credentials.ts`,
    'node:http': `${ROOT}lambdas/platform/node-http.cjs`,
    http: `${ROOT}lambdas/platform/node-http.cjs`,
  },
  // CommonJS packages inside the bundle ask for Node's own modules by `require`.
  banner: {
    js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
  },
} satisfies BuildOptions;

/** Context of a synthesis whose bundles nobody reads a source map of: they are five sixths of its bytes. */
export const WITHOUT_MAPS = 'sluice:without-source-maps';
