/** `npm run ops -- <command>`: the operator's tools, for a stage on AWS and for the stack of this machine. */
import './quiet.ts';
import { Command } from 'commander';
import { adminKeyCommand } from './commands/admin-key.ts';
import { STATE_DIR, withGlobals } from './commands/context.ts';
import { projectCommand, tiersCommand } from './commands/project.ts';
import { providerKeyCommand } from './commands/provider-key.ts';
import { reconcileCommand } from './commands/reconcile.ts';
import { anomaliesCommand } from './commands/read-anomalies.ts';
import { destinationsCommand } from './commands/destinations.ts';
import { incidentsCommand } from './commands/incidents.ts';
import { runbooksCommand } from './commands/runbooks.ts';
import { jobsCommand } from './commands/read-jobs.ts';
import { callsCommand, keysCommand, usageCommand } from './commands/read-usage.ts';
import { pricesCommand } from './commands/prices.ts';
import { replayCommand } from './commands/replay.ts';
import { silencesCommand } from './commands/silences.ts';
import { verifyCommand } from './commands/verify.ts';
import { explain } from './explain.ts';
import { EXIT } from './ops-error.ts';

const program = withGlobals(
  new Command('npm run ops --').description("The operator's tools of Sluice"),
  process.env['SLUICE_STATE_DIR'] ?? STATE_DIR,
)
  .addCommand(adminKeyCommand())
  .addCommand(providerKeyCommand())
  .addCommand(usageCommand())
  .addCommand(keysCommand())
  .addCommand(callsCommand())
  .addCommand(projectCommand())
  .addCommand(tiersCommand())
  .addCommand(jobsCommand())
  .addCommand(anomaliesCommand())
  .addCommand(incidentsCommand())
  .addCommand(runbooksCommand())
  .addCommand(silencesCommand())
  .addCommand(destinationsCommand())
  .addCommand(pricesCommand())
  .addCommand(replayCommand())
  .addCommand(reconcileCommand())
  .addCommand(verifyCommand())
  .addHelpText(
    'after',
    '\nExit code: 0 all is well, 1 the command found something wrong, 2 it could not do its work.',
  );

/** A wrong argument ends with our exit code: the library's own would say 1. */
const withoutExit = (command: Command): void => {
  command.exitOverride();
  for (const each of command.commands) withoutExit(each);
};
withoutExit(program);

try {
  await program.parseAsync();
} catch (error) {
  const isHelp = error instanceof Error && 'exitCode' in error && error.exitCode === 0;
  const isUsage =
    error instanceof Error && 'code' in error && String(error.code).startsWith('commander.');
  if (!isHelp && !isUsage) console.error(explain(error));
  process.exitCode = isHelp ? EXIT.ok : EXIT.failed;
}
