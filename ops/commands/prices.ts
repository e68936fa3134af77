import { Command } from 'commander';
import * as z from 'zod';
import { ownPriceSchema } from '../../lambdas/gateway/formats/price-contract.ts';
import { EXIT } from '../ops-error.ts';
import { table } from '../output.ts';
import { read } from './read.ts';

const catalogSchema = z.looseObject({
  prices: z.object({
    source: z.string(),
    as_of: z.string(),
    age_days: z.number(),
    is_old: z.boolean(),
  }),
});
const ownSchema = z.looseObject({ data: z.array(ownPriceSchema) });

/** `prices`: how old the stage's list of prices is, and what its operator pays otherwise. */
export const pricesCommand = (): Command =>
  new Command('prices')
    .description('how old the list of prices is, and the own prices beside it')
    .action(async (_raw: unknown, self: Command) => {
      const { body: catalog } = await read(self, '/v1/catalog', {});
      const { context, body } = await read(self, '/v1/prices/own', {});
      const { prices: list } = catalogSchema.parse(catalog);
      const own = ownSchema.parse(body).data;
      const age = `${list.source} of ${list.as_of}, ${list.age_days} days old`;
      context.output.result(
        { list, own },
        [
          list.is_old ? `${age}: too old, deploy a newer release` : age,
          own.length === 0
            ? 'No prices of your own.'
            : table([
                ['model', 'from', 'price'],
                ...own.flatMap(({ model, periods }) =>
                  periods.map((period) => [
                    model,
                    new Date(period.from_ms).toISOString(),
                    termsText(period),
                  ]),
                ),
              ]),
        ].join('\n'),
      );
      if (list.is_old) process.exitCode = EXIT.found;
    });

type Period = z.infer<typeof ownPriceSchema>['periods'][number];

const termsText = (period: Period): string => {
  const tiers = Object.entries(period.service_tiers ?? {}).map(
    ([tier, percent]) => `${tier} ${percent} %`,
  );
  return [priceText(period), ...tiers].join(', ');
};

const priceText = ({ rates, percent_of_list: percent, free }: Period): string => {
  if (free) return 'free';
  if (rates === null) return percent === 100 ? "the list's" : `${percent} % of the list's`;
  return Object.entries(rates)
    .map(([kind, usd]) => `${kind} $${usd}`)
    .join(', ');
};
