import { Command } from 'commander';
import * as z from 'zod';
import { table, usd } from '../output.ts';
import { ask, given, read } from './read.ts';

const capSchema = z.looseObject({
  state: z.enum(['off', 'applying', 'active']),
  cap_micros: z.number().nullable(),
  spent_micros: z.number().nullable(),
  held_micros: z.number().nullable(),
  available_micros: z.number().nullable(),
  share_spent: z.number().nullable(),
  period: z.string().nullable(),
  resets_at: z.number().nullable(),
});
type Cap = z.infer<typeof capSchema>;

const tierSchema = z.looseObject({
  name: z.string(),
  names: z.array(z.string()),
  cap_micros: z.number().nullable(),
  period: z.string().nullable(),
  rpm: z.number().nullable(),
});
const tiersSchema = z.looseObject({ data: z.array(tierSchema) });
const appliedSchema = z.looseObject({
  keys: z.number(),
  changed: z.number(),
  of_other_period: z.number(),
  next_cursor: z.string().nullable(),
});

/** `project`: the cap that all keys have together. */
export const projectCommand = (): Command => {
  const command = new Command('project').description('the cap that all keys have together');
  command
    .command('show', { isDefault: true })
    .description('what is spent of it and what is left')
    .action(async (_raw: unknown, self: Command) => {
      const { context, body } = await read(self, '/v1/project/cap', {});
      const cap = capSchema.parse(body);
      context.output.result(cap, capText(cap));
    });
  command
    .command('cap <usd>')
    .description('sets it, in dollars; none removes it')
    .option('--period <word>', 'lifetime, day, week or month; without it as it is')
    .action(async (usd: string, raw: unknown, self: Command) => {
      const { period } = z.object({ period: z.string().optional() }).parse(raw);
      const change = { max_spend_usd: usd === 'none' ? null : usd, ...given({ period }) };
      let answered = await ask(self, 'PATCH', '/v1/project/cap', change);
      let cap = capSchema.parse(answered.body);
      // A project of many keys takes more than one answer to tell them all.
      while (cap.state === 'applying') {
        answered = await ask(self, 'PATCH', '/v1/project/cap', {});
        cap = capSchema.parse(answered.body);
      }
      answered.context.output.result(cap, capText(cap));
    });
  return command;
};

const capText = (cap: Cap): string => {
  if (cap.cap_micros === null)
    return cap.state === 'off' ? 'The project has no cap.' : 'The cap is being removed.';
  const rows = [
    ['state', 'cap', 'spent', 'share', 'held', 'left', 'period', 'resets'],
    [
      cap.state,
      usdText(cap.cap_micros),
      usdText(cap.spent_micros),
      `${((cap.share_spent ?? 0) * 100).toFixed(2)} %`,
      usdText(cap.held_micros),
      usdText(cap.available_micros),
      cap.period ?? '',
      cap.resets_at === null ? 'never' : new Date(cap.resets_at).toISOString().slice(0, 19),
    ],
  ];
  return table(rows);
};

/** `tiers`: what keys have when nobody says otherwise. */
export const tiersCommand = (): Command => {
  const command = new Command('tiers').description('what keys have when nobody says otherwise');
  command
    .command('list', { isDefault: true })
    .description('each with the fields that it gives')
    .action(async (_raw: unknown, self: Command) => {
      const { context, body } = await read(self, '/v1/tiers', {});
      const { data } = tiersSchema.parse(body);
      const rows = data.map((tier) => [
        tier.name,
        tier.names.includes('max_spend_usd') && tier.cap_micros === null
          ? 'none'
          : usdText(tier.cap_micros),
        tier.period ?? '',
        tier.rpm === null ? '' : String(tier.rpm),
        tier.names.join(' '),
      ]);
      const head = ['tier', 'cap', 'period', 'rpm', 'gives'];
      context.output.result({ data }, rows.length === 0 ? 'No tiers.' : table([head, ...rows]));
    });
  command
    .command('apply <name>')
    .description('gives its values to its keys, in what is not their own; safe to repeat')
    .action(async (name: string, _raw: unknown, self: Command) => {
      const path = `/v1/tiers/${encodeURIComponent(name)}/apply`;
      const sum = { keys: 0, changed: 0, of_other_period: 0 };
      let cursor: string | null = null;
      for (;;) {
        const { context, body } = await ask(self, 'POST', path, cursor === null ? {} : { cursor });
        const applied = appliedSchema.parse(body);
        sum.keys += applied.keys;
        sum.changed += applied.changed;
        sum.of_other_period += applied.of_other_period;
        cursor = applied.next_cursor;
        if (cursor !== null) continue;
        context.output.result(
          { name, ...sum },
          `${sum.changed} of ${sum.keys} keys changed; ${sum.of_other_period} kept the cap of another period.`,
        );
        return;
      }
    });
  return command;
};

const usdText = (micros: number | null): string => (micros === null ? '' : usd(micros));
