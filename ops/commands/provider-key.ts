import { Argument, Command, Option } from 'commander';
import * as z from 'zod';
import { table } from '../output.ts';
import { readSecret } from '../read-secret.ts';
import { listProviders, removeProvider, setProvider } from '../usecases/provider-keys.ts';
import { FAMILY_PROVIDERS, WIRE_CHOICES } from '../../lambdas/inference/models/families.ts';
import { contextOf } from './context.ts';

const setOptions = z.object({
  baseUrl: z.url().nullable().default(null),
  dialect: z.enum(WIRE_CHOICES).nullable().default(null),
  key: z.boolean(),
});
const name = () => new Argument('<provider>', `${FAMILY_PROVIDERS.join(', ')}, or a name of yours`);
/** Functions read the secret at most this often. */
const EFFECT = 'Functions use it within a minute.';

export const providerKeyCommand = (): Command => {
  const command = new Command('provider-key').description('keys of model providers');
  command
    .command('set')
    .description('set one: the key comes from stdin or a prompt, never from the arguments')
    .addArgument(name())
    .option('--base-url <url>', 'another endpoint than the provider’s own')
    .addOption(new Option('--dialect <dialect>', 'what it speaks').choices(WIRE_CHOICES))
    .option('--no-key', 'the endpoint takes no key')
    .action(async (provider: string, options: unknown, self: Command) => {
      const { baseUrl, dialect, key } = setOptions.parse(options);
      const { target, tools, output } = await contextOf(self);
      const apiKey = key ? await readSecret(`Key of ${provider}: `) : null;
      await setProvider(tools.providerSecret, { name: provider, apiKey, baseUrl, dialect });
      output.result({ provider, set: true }, `${provider} is set on ${target.name}. ${EFFECT}`);
    });
  command
    .command('list')
    .description('providers of the stack, without their keys')
    .action(async (_options: unknown, self: Command) => {
      const { tools, output } = await contextOf(self);
      const providers = await listProviders(tools.providerSecret);
      const rows = providers.map((each) => [
        each.name,
        each.has_key ? 'key set' : each.simulated ? 'simulated' : 'no key',
        each.base_url ?? '',
      ]);
      output.result({ providers }, rows.length === 0 ? 'No provider is set.' : table(rows));
    });
  command
    .command('remove')
    .description('take one away: its models answer 503')
    .addArgument(name())
    .action(async (provider: string, _options: unknown, self: Command) => {
      const { tools, output } = await contextOf(self);
      await removeProvider(tools.providerSecret, provider);
      output.result({ provider, set: false }, `${provider} is removed. ${EFFECT}`);
    });
  return command;
};
