import { expect, test } from 'vitest';
import { pricedModels } from '../../../lambdas/inference/models/price-rows.ts';
import { PRICE_TABLE } from '../../../lambdas/inference/models/price-table.generated.ts';
import { priceDiff } from '../../../scripts/price-diff.ts';

const USD = 1_000_000_000;
const spring = {
  version: '1.0.0',
  date: '2026-03-01',
  models: pricedModels({
    openai: [
      ['gone-1', '^gone-1$', null, [[USD, 2 * USD]]],
      [
        'long-1',
        '^long-1$',
        400_000,
        [
          [
            [
              [0, USD],
              [272_000, 2 * USD],
            ],
            4 * USD,
            USD / 10,
          ],
        ],
      ],
      ['same-1', '^same-1$', null, [[USD, USD]]],
      ['slip-1', '^slip-1$', null, [[USD, USD]]],
    ],
  }),
} as const;
const autumn = {
  version: '1.1.0',
  date: '2026-09-01',
  models: pricedModels({
    openai: [
      [
        'long-1',
        '^long-1(?:-latest)?$',
        1_000_000,
        [
          [
            [
              [0, USD],
              [272_000, 1.5 * USD],
            ],
            5 * USD,
          ],
        ],
        [[USD / 2, USD], Date.UTC(2026, 9, 1), [60, 240], [1, 2]],
      ],
      ['same-1', '^same-1$', null, [[USD, USD]]],
      ['slip-1', '^slip-1$', null, [[10 * USD, USD]]],
    ],
    google: [['new-1', '^new-1$', null, [[0.3 * USD, 2.5 * USD]]]],
  }),
} as const;

test('the change from one snapshot to the next is a line for each price, name and model', () => {
  expect(priceDiff(spring, autumn)).toEqual([
    'prices 1.0.0 of 2026-03-01 -> 1.1.0 of 2026-09-01',
    'changed, $ a million (8)',
    '  openai/long-1  input above 272,000 tokens  $2 -> $1.5  -25.0 %',
    '  openai/long-1  output  $4 -> $5  +25.0 %',
    '  openai/long-1  cacheRead  $0.1 -> -',
    '  openai/long-1  input from 2026-10-01 01:00-04:00 UTC Mon Tue  - -> $0.5',
    '  openai/long-1  output from 2026-10-01 01:00-04:00 UTC Mon Tue  - -> $1',
    '  openai/long-1  names  ^long-1$ -> ^long-1(?:-latest)?$',
    '  openai/long-1  window  400000 -> 1000000 tokens',
    '  openai/slip-1  input  $1 -> $10  +900.0 %  (!)',
    'added (1)',
    '  google/new-1  input $0.3, output $2.5',
    'gone: capped keys will be refused them (1)',
    '  openai/gone-1  input $1, output $2',
  ]);
});

test('a snapshot that says the same says so', () => {
  const table = { version: '1.0.0', date: '2026-03-01', models: PRICE_TABLE };
  expect(priceDiff(table, table)).toEqual([
    'prices 1.0.0 of 2026-03-01 -> 1.0.0 of 2026-03-01: nothing changes',
  ]);
});
