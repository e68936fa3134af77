import { Command } from 'commander';
import { expect, test } from 'vitest';
import { stackOptionsOf, STATE_DIR, withGlobals } from '../../../ops/commands/context.ts';
import { nextCommands } from '../../../ops/formats/next-commands.ts';
import { terminalOutput } from '../../../ops/output.ts';

const ID = 'incident_0abc';
const RUNBOOK = {
  id: 'runbook_1',
  name: 'Out of memory',
  steps: [
    { id: 'heap', title: 'Look at the heap', action: null },
    { id: 'restart', title: 'Restart', action: 'webhook' },
    { id: "it's", title: 'Other', action: 'lambda' },
  ],
};
const of = (state: string, given: object = {}, stackOptions: readonly string[] = []) =>
  nextCommands({ id: ID, state, runbooks: [], ...given }, stackOptions).map(([command]) => command);

test('an incident that nobody has seen is acknowledged or resolved next', () => {
  expect(of('identified')).toEqual([
    `npm run -s ops -- incidents ack ${ID}`,
    `npm run -s ops -- incidents resolve ${ID}`,
  ]);
  expect(of('acknowledged')).toEqual([`npm run -s ops -- incidents resolve ${ID}`]);
});

test('its runbooks are shown, and steps that Sluice may take are tried, on the stage that was named', () => {
  expect(of('investigating', { runbooks: [RUNBOOK] }, ['--stage', 'prod'])).toEqual([
    'npm run -s ops -- runbooks show runbook_1 --stage prod',
    `npm run -s ops -- runbooks try runbook_1 restart ${ID} --stage prod`,
    `npm run -s ops -- runbooks try runbook_1 'it'\\''s' ${ID} --stage prod`,
    `npm run -s ops -- runbooks waiting ${ID} --stage prod`,
    `npm run -s ops -- incidents resolve ${ID} --stage prod`,
  ]);
});

test.each([
  [[], ''],
  [['--state-dir', '.sluice'], ''],
  [['--state-dir', '/tmp/a b'], " --state-dir '/tmp/a b'"],
  [['--stage', 'prod'], ' --stage prod'],
  [['--stage', 'prod', '--region', 'eu-central-1'], ' --stage prod --region eu-central-1'],
])('a command that was given %j leads to the same stack', async (options, words) => {
  let stackOptions: readonly string[] = [];
  const program = withGlobals(new Command(), STATE_DIR);
  program.command('show').action((_raw: unknown, self: Command) => {
    stackOptions = stackOptionsOf(self);
  });
  await program.parseAsync(['show', ...options], { from: 'user' });
  expect(of('acknowledged', {}, stackOptions)).toEqual([
    `npm run -s ops -- incidents resolve ${ID}${words}`,
  ]);
});

test('a state folder that the environment names is named to other shells', async () => {
  const program = withGlobals(new Command(), 'folder/of-mine');
  await program.action(() => undefined).parseAsync([], { from: 'user' });
  expect(stackOptionsOf(program)).toEqual(['--state-dir', 'folder/of-mine']);
});

test('what is over is opened again, and what is a part of another one leads there', () => {
  expect(of('resolved')).toEqual([`npm run -s ops -- incidents reopen ${ID}`]);
  expect(of('identified', { merged_into: 'incident_1' })).toEqual([
    'npm run -s ops -- incidents show incident_1',
  ]);
});

test('what a terminal is told moves no cursor and turns no text around', () => {
  const said: unknown[] = [];
  const { log } = console;
  console.log = (text: unknown) => void said.push(text);
  try {
    terminalOutput(false).result({}, 'cart\u001b[2J fails\u202e\n\tonce');
  } finally {
    console.log = log;
  }
  expect(said).toEqual(['cart [2J fails\n\tonce']);
});
