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
    'a free model that falls back to a dear one is no way round a budget (LiteLLM #41344)',
    'is not answered by a dear model that a free one falls back to',
  ],
  [
    'a free model is refused behind an alias once the budget is spent (LiteLLM #35369)',
    'is answered by a model that is free, by its name and by a name that leads to it',
  ],
  [
    'what a fallback answers costs nothing (LiteLLM #8810)',
    'what answers in the place of a free model is paid at its own price',
  ],
  [
    'a model with a price of the operator counts as free (LiteLLM #25874)',
    'opens a model to a capped key, which is held and settled by it',
  ],
  [
    'a rule for a spent budget leads elsewhere long before (Bifrost #5770)',
    'a call is downgraded from the share on that the route says',
  ],
  [
    'the own budget of a key does not count in a team (LiteLLM #11962, #27394)',
    "a key's own cap refuses first, and takes nothing of its project",
  ],
  [
    'each replica counts the budget of a team for itself (LiteLLM #24682)',
    'of 24 holds at once by three keys over a cap for 10, exactly 10 are admitted',
  ],
  [
    'a budget that was changed is not the one in force (LiteLLM #38634)',
    'a cap lowered in flight refuses the next call, and what is running settles in full',
  ],
  [
    'keys of a tier are never reset (LiteLLM #20688)',
    'gives its period too, so that the budget of its keys opens again with it',
  ],
  [
    'a key that moves to a tier keeps the period of its old budget in part (LiteLLM #16788)',
    'of another period than a key leaves the cap of that key alone, and counts it',
  ],
  [
    'a batch is not held to a budget (LiteLLM #12794)',
    'of a capped key makes as many calls as the cap affords, and says so of the others',
  ],
  [
    'a batch is paid twice, or by whoever looks at it (LiteLLM #37050, #39980)',
    'of 1,000 short calls goes from function to function, and each call is paid once',
  ],
  [
    'a batch that is cancelled is free for who looks at it in time (LiteLLM #37217)',
    'that is cancelled in the middle is paid for what came',
  ],
  [
    'paths that pass as they come are not held to a budget (Bifrost #2873)',
    'what is not metered is for an admin key that nothing bounds',
  ],
  [
    'a cheaper tier of service is charged in full (Portkey #1511)',
    '%s served as %j costs what its page says',
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
