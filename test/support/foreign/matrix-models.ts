import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

/** One model of each family, by the heading of its column. A family that joins is a line here. */
const MODELS: Readonly<Record<string, string>> = {
  'OpenAI (gpt-4o)': 'gpt-4o-mini',
  'OpenAI (gpt-5)': 'gpt-5-mini',
  'OpenAI (gpt-audio)': 'gpt-audio',
  'Anthropic (4.5)': 'claude-sonnet-4-5',
  'Anthropic (5)': 'claude-opus-5',
  'Bedrock (Claude 4.5)': 'bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0',
  'Bedrock (Nova)': 'bedrock/us.amazon.nova-pro-v1:0',
  'Gemini (2.5)': 'gemini-2.5-flash',
  DeepSeek: 'deepseek-v4-flash',
  Ollama: 'ollama/qwen3',
  'any compatible server': 'custom/open',
};

/** A table of the page, a row for each feature. */
export const tableOf = (
  title: string,
  rows: readonly (readonly [feature: string, cells: readonly string[]])[],
): string => {
  const heads = Object.keys(MODELS);
  return [
    `\`${title}\``,
    '',
    `| | ${heads.join(' | ')} |`,
    `| --- |${' --- |'.repeat(heads.length)}`,
    ...rows.map(
      ([feature, cells]) =>
        `| ${feature} | ${cells.map((cell) => cell.replace(/: (.*)$/, ': `$1`')).join(' | ')} |`,
    ),
  ].join('\n');
};

/** A row: what each model comes to, which is the same streamed and in one body. */
export const rowOf = async <Cell extends string>(
  cellOf: (model: string, stream: boolean) => Promise<Cell>,
): Promise<readonly Cell[]> => {
  const cells: Cell[] = [];
  for (const model of Object.values(MODELS)) {
    const streamed = await cellOf(model, true);
    expect([model, await cellOf(model, false)]).toEqual([model, streamed]);
    cells.push(streamed);
  }
  return cells;
};

const PAGE = join(import.meta.dirname, '../../../docs/dialects.md');

/** The tables stand on the page of dialects between the marks of their name. */
export const expectOnPage = async (name: string, tables: readonly string[]): Promise<void> => {
  const [begin, end] = [`<!-- begin of the ${name} -->`, `<!-- end of the ${name} -->`];
  const [before = '', rest = ''] = readFileSync(PAGE, 'utf8').split(begin);
  const [, after] = rest.split(end);
  expect(after).toBeDefined();
  const told = `${before}${begin}\n\n${tables.join('\n\n')}\n\n${end}${after}`;
  await expect(told).toMatchFileSnapshot(PAGE);
};
