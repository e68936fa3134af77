/**
 * Holds the synthesized templates to CloudFormation's own schemas. Ends with 0 when they are clean, 1 when they are
 * not, 2 when the check could not run.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonTool } from './python-tools.ts';

/** The default stage, and one that has everything that a setting adds. */
const STAGES: readonly Readonly<Record<string, string>>[] = [
  {},
  {
    stage: 'full',
    region: 'eu-central-1',
    domainName: 'api.example.com',
    certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d',
    waf: 'rate',
    alarmEmail: 'operator@example.com',
    logRetentionDays: '90',
  },
  { stage: 'bare', streaming: 'buffered', tracing: 'off' },
];

const synthesize = (settings: Readonly<Record<string, string>>, outdir: string): void => {
  const context = { ...settings, 'aws:cdk:bundling-stacks': [] };
  const synth = spawnSync(process.execPath, ['bin/app.ts'], {
    env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) },
    encoding: 'utf8',
  });
  if (synth.status !== 0) throw new Error(`synth failed\n${synth.stderr}`);
};

const lint = (tool: string): number => {
  const root = mkdtempSync(join(tmpdir(), 'sluice-templates-'));
  try {
    const templates = STAGES.flatMap((settings, index) => {
      const outdir = join(root, String(index));
      synthesize(settings, outdir);
      return readdirSync(outdir)
        .filter((name) => name.endsWith('.template.json'))
        .map((name) => join(outdir, name));
    });
    const { status } = spawnSync(tool, ['--', ...templates], { stdio: 'inherit' });
    if (status === 0) console.log(`${templates.length} templates are clean.`);
    return status === 0 ? 0 : 1;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
};

const tool = pythonTool('cfn-lint');
if (tool.kind === 'missing') console.error(`cfn-lint does not run: ${tool.reason}.`);
process.exitCode = tool.kind === 'missing' ? 2 : lint(tool.path);
