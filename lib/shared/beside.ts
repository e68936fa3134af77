import { BUNDLE } from './bundle.ts';

/** The files of lambdas/beside: each is larger than what needs it, and seldom needed. */
export const PARTS = [
  'event-bridge',
  'find-tools',
  'lambda',
  'mcp-client',
  's3',
  'tokenizer',
] as const;
export type Beside = (typeof PARTS)[number];

/** Node finds `#beside/x` here; in the sources the project's own package.json says the same of the TypeScript. */
const MANIFEST = '{"type":"module","imports":{"#beside/*":"./beside/*.js"}}';

/** Builds the parts beside a bundle, what they share in files of its own. */
export const besideCommands = (
  parts: readonly Beside[],
  inputDir: string,
  outputDir: string,
): string[] => {
  if (parts.length === 0) return [];
  const sources = parts.map((part) => `${inputDir}/lambdas/beside/${part}.ts`);
  const aliases = Object.entries(BUNDLE.alias).map(([name, path]) => `--alias:${name}=${path}`);
  return [
    `echo '${MANIFEST}' > ${outputDir}/package.json`,
    [
      `${inputDir}/node_modules/.bin/esbuild`,
      ...sources,
      `--bundle --splitting --minify --format=${BUNDLE.format} --platform=${BUNDLE.platform}`,
      `--target=${BUNDLE.target} --main-fields=${BUNDLE.mainFields.join(',')}`,
      `--legal-comments=${BUNDLE.legalComments} --banner:js="${BUNDLE.banner.js}"`,
      ...aliases,
      `--outdir=${outputDir}/beside --log-level=warning`,
    ].join(' '),
  ];
};
