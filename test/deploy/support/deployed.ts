import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { outputsPath, type Deployment } from './cdk.ts';
import { mustRun } from './run.ts';

const outputsFile = z.record(z.string(), z.record(z.string(), z.string()));

/** An output of a deployment. */
export const output = (deployment: Deployment, name: string): string => {
  const stacks = outputsFile.parse(JSON.parse(readFileSync(outputsPath(deployment), 'utf8')));
  const found = Object.values(stacks)
    .flatMap((outputs) => Object.entries(outputs))
    .find(([key]) => key === name);
  if (found === undefined) throw new Error(`no stack has an output ${name}`);
  return found[1];
};

/** Runs a command that a stack names, as it stands there. */
export const runOutput = async (deployment: Deployment, name: string): Promise<string> =>
  (await mustRun('sh', ['-c', output(deployment, name)])).trim();
