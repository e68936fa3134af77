import { readFileSync } from 'node:fs';

/** The blocks of code of a page, in one language, as a reader copies them. */
export const docsBlocks = (page: string, language: string): readonly string[] =>
  [
    ...readFileSync(page, 'utf8').matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms')),
  ].map(([, block]) => block ?? '');
