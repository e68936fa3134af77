import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Folders that keep packages of their own. The clients that the dialects are tested with ask for peers of 300 MB that no
 * test needs; the example is what people copy.
 */
export const FOLDERS = ['test/clients', 'examples/chat'] as const;

/** Keeps what was found of files that do not change: the second check takes a fifth of the first one's time. */
const incremental = (folder: string): readonly string[] => [
  '--incremental',
  '--tsBuildInfoFile',
  join(folder, 'node_modules', '.cache', 'types.tsbuildinfo'),
];

export interface Check {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** What is checked without running anything. Types that need a folder's own packages are checked where those are. */
export const staticChecks = (): readonly Check[] => {
  const hasPackages = (folder: string): boolean => existsSync(join(folder, 'node_modules'));
  const unread = FOLDERS.filter((folder) => !hasPackages(folder));
  return [
    { name: 'format', command: 'oxfmt', args: ['--check', '.'] },
    {
      name: 'lint',
      command: 'oxlint',
      args: [
        '--type-aware',
        '--deny-warnings',
        ...unread.flatMap((folder) => ['--ignore-pattern', folder]),
      ],
    },
    { name: 'types', command: 'tsc', args: incremental('.') },
    { name: 'unused code and packages', command: 'knip', args: ['--no-progress'] },
    ...FOLDERS.filter(hasPackages).map((folder) => ({
      name: `types of ${folder}`,
      command: 'tsc',
      args: ['-p', folder, ...incremental(folder)],
    })),
  ];
};

/** Runs a tool of this project and says how it went. What it prints comes in one piece, when it failed. */
export const passes = async ({ name, command, args }: Check): Promise<boolean> => {
  const child = spawn(join('node_modules', '.bin', command), args, {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: Buffer[] = [];
  for (const pipe of [child.stdout, child.stderr])
    pipe.on('data', (text: Buffer) => printed.push(text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) console.log(Buffer.concat(printed).toString('utf8'));
  console.log(code === 0 ? `${name}: passed` : `failed: ${name}`);
  return code === 0;
};
