import { Command } from 'commander';
import * as z from 'zod';
import { rememberAdminKey } from '../target.ts';
import { rotateAdminKey, showAdminKey } from '../usecases/admin-keys.ts';
import { contextOf } from './context.ts';

const GRACE_SECONDS_MAX = 2_592_000;

export const adminKeyCommand = (): Command => {
  const command = new Command('admin-key').description('the first admin key of a stack');
  command
    .command('show')
    .description('print it')
    .action(async (_options: unknown, self: Command) => {
      const { tools, output } = await contextOf(self);
      const adminKey = await showAdminKey(tools);
      output.result({ admin_key: adminKey }, adminKey);
    });
  command
    .command('rotate')
    .description('give it a new secret, and print that')
    .option('--grace-seconds <count>', 'how long the old secret still works', '0')
    .action(async (options: unknown, self: Command) => {
      const { graceSeconds } = z
        .object({ graceSeconds: z.coerce.number().int().min(0).max(GRACE_SECONDS_MAX) })
        .parse(options);
      const { target, tools, output } = await contextOf(self);
      const adminKey = await rotateAdminKey(tools, {
        graceSeconds,
        nowMs: Date.now(),
        mode: target.stage.startsWith('prod') ? 'live' : 'test',
      });
      rememberAdminKey(target, adminKey);
      output.result({ admin_key: adminKey, grace_seconds: graceSeconds }, adminKey);
    });
  return command;
};
