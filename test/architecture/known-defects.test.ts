import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Defects of other gateways that are on record, and the test here that would find each. */
const DEFECTS: readonly (readonly [defect: string, shownBy: string])[] = [
  [
    'parallel first requests of a new key pass its cap (LiteLLM #40095)',
    'the first calls of a new key at once take no more than its cap',
  ],
  [
    'N replicas make N caps (Bifrost #3547)',
    'of 1,000 holds at once over a cap for 250, exactly 250 are admitted',
  ],
  [
    'an oversized hold is shrunk and admitted (LiteLLM #26845)',
    'an oversized hold is refused, not shrunk: the caller named max_tokens',
  ],
  [
    'the long-context tier is not in the estimate (LiteLLM #40002)',
    'the long-context tier is held where the input may reach it',
  ],
  [
    'image routes are not capped (LiteLLM #10750)',
    'images count, so a request of images alone cannot pass a cap',
  ],
  [
    'pass-through features are not capped (LiteLLM #12789)',
    'an unpriced model and an unpriced feature on a capped key only',
  ],
  [
    'phantom holds after errors (LiteLLM #27639, #30460, #36926)',
    'a provider that hangs up before its answer, or is not there, is a 502 and costs nothing',
  ],
  [
    'phantom holds after a death (LiteLLM #36926)',
    'a hold whose call died is found, settled at its full amount, and the key leaves the sweep',
  ],
  [
    "a counter is not reset at its period's end (LiteLLM #29576)",
    'a new month opens the whole cap, a late settlement leaves it alone, and no clock turns it back',
  ],
  [
    '>= against > at the exact cap (LiteLLM #27020)',
    'a cap that fits the request exactly admits it, and nothing after it',
  ],
  ['a misspelt budget field is ignored (Bifrost #5673)', 'max_spend: unknown field'],
  [
    'a disconnect is billed at zero (LiteLLM #13245, #33736)',
    'is read to its end when its reader left',
  ],
  [
    '806 deltas are logged as one token (Bifrost #3709)',
    'the placeholder count of a cancelled message is not its cost',
  ],
  [
    'chunks are summed, not their text (Bifrost #3357)',
    'many small deltas are counted as the text that they make, not one token each',
  ],
  [
    'a placeholder of one output token is used (LiteLLM #39893)',
    'the placeholder count of a cancelled message is not its cost',
  ],
  [
    'an explicit zero is replaced by an estimate (LiteLLM #37992)',
    'an explicit zero beside no words stays zero',
  ],
  [
    'cached tokens are counted twice or not at all (LiteLLM #9812, #11789; Bifrost #3451)',
    'tells its usage, its words and how it ended',
  ],
  [
    'the split of cache writes changes at the end (LiteLLM #42663)',
    'Anthropic whose last event completes the input',
  ],
  [
    'a tokenizer takes quadratic time (js-tiktoken)',
    'counting in pieces takes linear time, and a word is counted as it was',
  ],
];

const tests = globSync('test/**/*.ts')
  .filter((path) => !path.endsWith('known-defects.test.ts'))
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n');

test.each(DEFECTS)('%s: would be found by "%s"', (_defect, title) => {
  expect(tests).toContain(title);
});
