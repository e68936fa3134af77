/** `npm run bench:sre`: what the SRE's parts cost and how right they are, in one table. */
import { Command } from 'commander';
import * as z from 'zod';
import { developmentDataProblem } from '../test/support/development-data.ts';
import { table } from './kit/figures.ts';
import { causes } from './sre/causes.ts';
import { made } from './sre/made.ts';
import { accuracy } from './sre/accuracy.ts';
import type { Row, RowGroup } from './sre/group.ts';
import { drift } from './sre/drift.ts';
import { hostile } from './sre/hostile.ts';
import { ingest } from './sre/ingest.ts';
import { signals } from './sre/signals.ts';
import { simulated } from './sre/simulated.ts';
import { tickets } from './sre/tickets.ts';
import { throughput } from './sre/throughput.ts';
import { windows } from './sre/windows.ts';

const GROUPS: readonly RowGroup[] = [
  accuracy,
  signals,
  throughput,
  ingest,
  hostile,
  windows,
  causes,
  made,
  drift,
  simulated,
  tickets,
];

const options = z
  .object({
    only: z.array(z.enum(GROUPS.map(({ name }) => name))).default(GROUPS.map(({ name }) => name)),
    quick: z.boolean().default(false),
  })
  .parse(
    new Command('npm run bench:sre --')
      .option('--only <names...>', 'these groups of rows alone')
      .option('--quick', 'a smoke run: every step once')
      .addHelpText(
        'after',
        `\nGroups:\n${GROUPS.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join('\n')}`,
      )
      .parse()
      .opts(),
  );

if (developmentDataProblem !== null) throw new Error(developmentDataProblem);
const rows: Row[] = [];
for (const group of GROUPS.filter(({ name }) => options.only.includes(name))) {
  console.error(`... ${group.name}`);
  rows.push(...(await group.rows({ isQuick: options.quick })));
}
console.log(
  table(
    ['what', 'measured', 'goal'],
    rows.map(({ what, measured, goal }) => [what, measured, goal]),
  ),
);
