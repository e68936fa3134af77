import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { METRICS } from '../../lambdas/shared/metric-names.ts';

const runbook = readFileSync('docs/runbook.md', 'utf8').replaceAll('\n', ' ');
const sources = globSync('lambdas/**/*.ts')
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n');
const queries = [
  ...[...runbook.matchAll(/`(filter [^`]*)`/g)].map(([, query = '']) => query),
  ...[...runbook.matchAll(/``` *(fields [^`]*)```/g)].map(([, query = '']) => query),
];

/** Of the logger, of figures' lines, of Lambda's own JSON lines and of the access log. */
const FIELDS = new Set(
  [
    Object.values(METRICS).map(({ name }) => name),
    '@timestamp level message request_id key_id project_id run_id internal'.split(' '),
    'error.name error.code error.message provider model status reason function'.split(' '),
    'type record.status record.errorType record.metrics.maxMemoryUsedMB route error'.split(' '),
  ].flat(),
);
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html */
const WORDS = new Set(
  'filter stats sort limit fields by desc and or in like count pct ispresent'.split(' '),
);

describe('the queries of the runbook', () => {
  test('are there', () => expect(queries.length).toBeGreaterThan(15));

  test.each(queries)('%s asks only for fields that lines have', (query) => {
    const words = query.replaceAll(/"[^"]*"/g, '').match(/[@A-Za-z_][\w.]*/g) ?? [];
    expect(words.filter((word) => !WORDS.has(word) && !FIELDS.has(word))).toEqual([]);
  });

  test('search for messages that somebody logs', () => {
    const messages = queries.flatMap((query) =>
      [...query.matchAll(/message (?:=|like) "([^"]*)"/g)].map(([, message = '']) => message),
    );
    expect(messages.length).toBeGreaterThan(4);
    for (const message of messages) expect(sources, message).toContain(message);
  });
});

const tools = [
  ...new Set(
    ['README.md', ...globSync('docs/*.md')]
      .flatMap((path) => [
        ...readFileSync(path, 'utf8')
          .replaceAll('\n', ' ')
          .matchAll(
            /npm run (?:-s |--silent )?ops -- ([a-z][^`|"]*?)(?=[`|")]|\s{2}|$| npm | ```)/g,
          ),
      ])
      .map(([, line = '']) => line.trim()),
  ),
];

const GROUPS = ['incidents', 'silences', 'destinations'];
/** `provider-key`, `admin-key` and what people on call use have commands of their own. */
const commandOf = (line: string): string => {
  const [command = '', sub = ''] = line.split(/\s+/);
  return command.endsWith('-key') || GROUPS.includes(command) ? `${command} ${sub}` : command;
};
const helpOf = (command: string): string => {
  const words = [...command.split(' '), '--help'].filter((word) => word !== '');
  const { stdout, status } = spawnSync(process.execPath, ['ops/ops.ts', ...words], {
    encoding: 'utf8',
  });
  expect(status, command).toBe(0);
  return stdout;
};

describe("the operator's tools in the documents", () => {
  const globals = helpOf('');
  const commands = [...Map.groupBy(tools, commandOf)];

  test('are there', () => expect(commands.length).toBeGreaterThan(4));

  test.each(commands)('%s is a command, with the options that it takes', (command, lines) => {
    const help = helpOf(command);
    expect(help).toContain(`ops -- ${command}`);
    for (const option of lines.join(' ').match(/--[a-z-]+/g) ?? [])
      expect(help + globals).toContain(option);
  });
});
