import { Command } from 'commander';
import { EXIT } from '../ops-error.ts';
import { replayObject, type ReplayOutcome } from '../usecases/replay.ts';
import { contextOf } from './context.ts';

export const replayCommand = (): Command =>
  new Command('replay')
    .description(
      'give what failed for good back to the roll-up, to the index of logs and to what sends notices, and drop news; safe to repeat',
    )
    .action(async (_options: unknown, self: Command) => {
      const { tools, output } = await contextOf(self);
      const names = await tools.failedRecords.list();
      const bar = output.progress('replay', names.length);
      const outcomes: ReplayOutcome[] = [];
      // One after the other: records of one key keep their order.
      for (const name of names) {
        outcomes.push(await replayObject(tools, name));
        bar.step();
      }
      bar.stop();
      const sum = (figure: 'repaired' | 'already' | 'outdated') =>
        outcomes.reduce((total, outcome) => total + outcome[figure], 0);
      const failed = outcomes.filter(({ failure }) => failure !== null);
      output.result(
        {
          objects: outcomes.length,
          repaired: sum('repaired'),
          already: sum('already'),
          outdated: sum('outdated'),
          failed: failed.map(({ object, failure }) => ({ object, failure })),
        },
        [
          `${outcomes.length} objects: ${sum('repaired')} records repaired, ${sum('already')} done before, ${sum('outdated')} outdated, ${failed.length} objects failed and stay.`,
          ...failed.map(({ object, failure }) => `  ${object}: ${failure}`),
        ].join('\n'),
      );
      if (failed.length > 0) process.exitCode = EXIT.found;
    });
