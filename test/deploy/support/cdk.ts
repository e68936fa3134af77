import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { forEmulator } from './gaps.ts';
import { mustRun, run, words, type Ran } from './run.ts';

const ROOT = resolve('.');
const CDK = join(ROOT, 'node_modules', '.bin', 'cdk');

/** The stage that the suites bring up one after the other. */
export const STAGE = 'emulated';

export interface Deployment {
  readonly stage: string;
  /** Holds the assembly and the outputs. */
  readonly folder: string;
  /** The project that is deployed; this one, or a changed copy of it. */
  readonly project?: string;
  /** One stack alone; all of them without it. */
  readonly stack?: string;
}

export const bootstrap = async (): Promise<string> =>
  await mustRun(CDK, ['bootstrap', 'aws://000000000000/us-east-1'], { cwd: ROOT });

/** `cdk synth`, the rewrites that the emulator needs, `cdk deploy`. */
export const deploy = async (deployment: Deployment): Promise<Ran> => {
  await synthesize(deployment);
  return await deployAgain(deployment);
};

/** `cdk deploy` of what was synthesized for this stage and project before. */
export const deployAgain = async (deployment: Deployment): Promise<Ran> =>
  await run(
    CDK,
    words(
      `deploy ${deployment.stack ?? '--all'} --app ${assemblyPath(deployment)} --require-approval never --outputs-file ${outputsPath(deployment)}`,
    ),
    { cwd: ROOT },
  );

const synthesize = async (deployment: Deployment): Promise<void> => {
  const assembly = assemblyPath(deployment);
  rmSync(assembly, { recursive: true, force: true });
  const settings = ['streaming=buffered', 'tracing=off']
    .map((setting) => ` --context ${setting}`)
    .join('');
  const only = deployment.stack === undefined ? '' : ` ${deployment.stack} --exclusively`;
  const line = `synth${only} --quiet --output ${assembly} --context stage=${deployment.stage}`;
  await mustRun(CDK, words(line + settings), { cwd: deployment.project ?? ROOT });
  const endpoint = process.env['AWS_ENDPOINT_URL'] ?? '';
  for (const name of readdirSync(assembly).filter((file) => file.endsWith('.template.json'))) {
    const path = join(assembly, name);
    writeFileSync(path, forEmulator(readFileSync(path, 'utf8'), endpoint));
  }
};

export const destroyService = async (deployment: Deployment): Promise<Ran> =>
  await run(
    CDK,
    words(`destroy Sluice-${deployment.stage}-Service --app ${assemblyPath(deployment)} --force`),
    { cwd: ROOT },
  );

const assemblyPath = ({ folder, stage, project }: Deployment): string =>
  join(folder, `cdk.out.${stage}${project === undefined ? '' : '.changed'}`);

export const outputsPath = ({ folder, stage }: Deployment): string =>
  join(folder, `outputs.${stage}.json`);
