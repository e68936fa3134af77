import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const PARTS = [
  'bin',
  'lib',
  'lambdas',
  'cdk.json',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** A copy of this project in which one line is another one, as after an edit. */
export const changedProject = (folder: string, { file, from, to }: Change): string => {
  const copy = join(folder, 'changed');
  rmSync(copy, { recursive: true, force: true });
  for (const part of PARTS) cpSync(part, join(copy, part), { recursive: true });
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  writeFileSync(path, text.replace(from, to));
  return copy;
};
