import type { Command } from 'commander';
import * as z from 'zod';
import { OpsError } from '../ops-error.ts';
import { terminalOutput, type Output } from '../output.ts';
import { stageTarget } from '../stage-target.ts';
import { hasLocalStack, localTarget, type Target } from '../target.ts';
import { wireTools, type Tools } from '../wire.ts';

const globals = z.object({
  stage: z.string().optional(),
  region: z.string().optional(),
  local: z.boolean().default(false),
  stateDir: z.string(),
  json: z.boolean().default(false),
});

export interface Context {
  readonly target: Target;
  readonly tools: Tools;
  readonly output: Output;
}

/** Where a command works: --stage, else the stack of this machine. */
export const contextOf = async (command: Command): Promise<Context> => {
  const options = globals.parse(command.optsWithGlobals());
  const target = await chosen(options);
  return { target, tools: wireTools(target), output: terminalOutput(options.json) };
};

const chosen = async (options: z.infer<typeof globals>): Promise<Target> => {
  if (options.stage !== undefined && options.local)
    throw new OpsError('Say --stage or --local, not both.');
  if (options.stage !== undefined) return await stageTarget(options.stage, options.region);
  if (options.local || hasLocalStack(options.stateDir)) return localTarget(options.stateDir);
  throw new OpsError(
    'Which stack? --stage NAME, --state-dir FOLDER of one on this machine, or start one with npm start.',
  );
};

/** The options that lead another command to the same stack, from another shell too: the default needs none. */
export const stackOptionsOf = (command: Command): readonly string[] => {
  const { stage, region, stateDir } = globals.parse(command.optsWithGlobals());
  if (stage === undefined) return stateDir === STATE_DIR ? [] : ['--state-dir', stateDir];
  return ['--stage', stage, ...(region === undefined ? [] : ['--region', region])];
};

/** Where `npm start` keeps its state unless it is told otherwise. */
export const STATE_DIR = '.sluice';

/** Every command accepts these, before or after its name. */
export const withGlobals = (program: Command, stateDir: string): Command =>
  program
    .option('--stage <name>', 'a deployed stage (credentials and region as for the AWS CLI)')
    .option('--region <region>', "the stage's region, when it is not the configured one")
    .option('--local', 'the stack of this machine; the default when one runs')
    .option('--state-dir <folder>', 'state folder of the stack of this machine', stateDir)
    .option('--json', 'answer one JSON document');
