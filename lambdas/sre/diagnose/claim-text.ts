import { cleanLine, unlinked } from '../../shared/clean-text.ts';
import { CLAIM_CHARS_MAX } from './limits.ts';

/**
 * Words of a model as every destination may show them: one line, that calls nobody and leads nowhere in any vendor's
 * markup. Renderers escape it all the same: neither of the two guards needs the other.
 */
export const claimText = (text: string, mask: (text: string) => string): string => {
  const plain = unlinked(cleanLine(mask(text), CLAIM_CHARS_MAX))
    // `<!channel>`, `<@U1>`, `<#C1>`, tags of HTML.
    .replaceAll(/<(?=[!@#/?a-z])/gi, '< ')
    // `@here`, `@[u:1]`; `[~user]` of Jira.
    .replaceAll(/@(?=[\p{L}\p{N}_[({])/gu, '@ ')
    .replaceAll(/\[(?=[~^])/g, '[ ')
    // `[pay](...)` of Markdown, `a.example/x` where mail programs make links of it.
    .replaceAll('](', '] (')
    .replaceAll(/(?<=[\w-]\.[a-z]{2,24})\/(?=\S)/gi, ' /');
  return cleanLine(plain, CLAIM_CHARS_MAX);
};
