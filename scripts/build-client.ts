/**
 * Makes what is generated of `clients/node` from the contract. Run after each change of the contract; with `--check` it
 * writes nothing, and fails where something would change.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientContract, contractHash } from './client-contract.ts';
import { installFolder } from './install-folder.ts';

const PACKAGE = join('clients', 'node');
const GENERATED = join(PACKAGE, 'generated');
const HASH = 'contract.generated.ts';

const generate = (folder: string): void => {
  const contract = clientContract();
  const input = join(folder, 'contract.json');
  const output = join(folder, 'generated');
  writeFileSync(input, contract);
  execFileSync(process.execPath, [join(PACKAGE, 'generate.mjs'), input, output], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  // The generator's own code is typed for settings that are laxer than ours.
  for (const file of globSync('{client,core}/*.ts', { cwd: output }))
    writeFileSync(
      join(output, file),
      `// @ts-nocheck\n${readFileSync(join(output, file), 'utf8')}`,
    );
  writeFileSync(
    join(output, HASH),
    `/** SHA-256 of the contract that all of this was made of. */\nexport const CONTRACT_SHA256 = '${contractHash(contract)}';\n`,
  );
};

const filesOf = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    globSync('**/*.ts', { cwd: folder })
      .toSorted()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );

const differing = (
  left: ReadonlyMap<string, string>,
  right: ReadonlyMap<string, string>,
): readonly string[] =>
  [...new Set([...left.keys(), ...right.keys()])].filter(
    (name) => left.get(name) !== right.get(name),
  );

if (!installFolder(PACKAGE)) process.exit(1);
const folder = mkdtempSync(join(tmpdir(), 'sluice-client-'));
try {
  generate(folder);
  const made = join(folder, 'generated');
  const stale = differing(filesOf(GENERATED), filesOf(made));
  for (const name of stale) console.log(join(GENERATED, name));
  console.log(stale.length === 0 ? 'The client is that of the contract.' : 'changed');
  if (process.argv.includes('--check')) process.exitCode = stale.length === 0 ? 0 : 1;
  else if (stale.length > 0) {
    rmSync(GENERATED, { recursive: true, force: true });
    cpSync(made, GENERATED, { recursive: true });
  }
} finally {
  rmSync(folder, { recursive: true });
}
