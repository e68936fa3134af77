import { Command } from 'commander';
import * as z from 'zod';
import { BEFORE_REF, buildOf, thisBuild } from './builds.ts';
import { BEFORE, compare, NOW, type Group, type Survey } from './compare.ts';
import { startProgram } from './processes.ts';
import { startSide, type Side } from './side.ts';

/** One command: this build and the one before it, started beside each other, and one table. */
export const runCommand = async (
  name: string,
  groups: readonly Group[],
  surveys: readonly Survey[],
): Promise<void> => {
  if (process.platform !== 'linux') throw new Error('the benchmark reads /proc: it needs Linux');
  const options = optionsOf(name, [
    ...groups,
    ...surveys.map((one) => ({ ...one, isOnlyNamed: true })),
  ]);
  const asked = groups.filter((group) =>
    options.only.length === 0 ? group.isOnlyNamed !== true : options.only.includes(group.name),
  );
  const before = buildOf(options.before);
  const stops: (() => Promise<void>)[] = [];
  const end = async (): Promise<void> => {
    for (const stop of stops.splice(0).toReversed()) await stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void end().finally(() => process.exit(1)));
  try {
    console.error('... starting the upstream and both builds');
    const provider = await startProgram(['bench/probes/upstream.ts']);
    stops.push(async () => await provider.stop());
    const { port } = z.object({ port: z.number() }).parse(JSON.parse(provider.line));
    const upstream = `http://127.0.0.1:${port}`;
    const sides: Side[] = [];
    for (const [side, build] of [
      [BEFORE, before],
      [NOW, thisBuild],
    ] as const) {
      const started = await startSide(side, build, upstream);
      stops.push(async () => await started.stop());
      sides.push(started);
    }
    console.log(`\n${NOW} and ${BEFORE} (${before.commit ?? options.before}) in turn;`);
    const rig = { sides, upstream, isQuick: options.quick };
    if (asked.length > 0) await compare(rig, asked);
    for (const { name: of, mode, table } of surveys.filter((one) =>
      options.only.includes(one.name),
    )) {
      for (const side of sides) await side.serve(mode);
      console.log(`\n${of}, ${NOW}\n\n${await table(rig)}`);
    }
  } finally {
    await end();
  }
};

type Named = Pick<Group, 'name' | 'about' | 'isOnlyNamed'>;
const optionsOf = (name: string, groups: readonly Named[]) => {
  const list = groups.map(
    (group) =>
      `  ${group.name.padEnd(12)}${group.about}${group.isOnlyNamed === true ? ' (only when named)' : ''}`,
  );
  const only = z.array(z.enum(groups.map((group) => group.name))).default([]);
  return z.object({ before: z.string(), only, quick: z.boolean().default(false) }).parse(
    new Command(`npm run ${name} --`)
      .option('--before <ref>', 'the git ref to compare with', BEFORE_REF)
      .option('--only <names...>', 'these groups of rows alone')
      .option('--quick', 'a smoke run: every step once, on few samples')
      .addHelpText('after', `\nGroups:\n${list.join('\n')}`)
      .parse()
      .opts(),
  );
};
