import { systemClock } from '../../platform/clock.ts';
import { outbound, systemResolve } from '../../platform/outbound.ts';
import { secretParameters } from '../../platform/parameters.ts';
import { sesClient } from '../../platform/ses.ts';
import type { Tables } from '../../platform/tables/tables.ts';
import { destinationWires } from '../adapters/destination-wires.ts';
import { parameterDestinationSecrets } from '../adapters/parameter-destination-secrets.ts';
import { rememberedSecrets } from '../adapters/remembered-secrets.ts';
import { tableMailBudget } from '../adapters/table-mail-budget.ts';
import { allWires } from '../destinations/all-wires.ts';
import { limitedMail } from '../destinations/email/limited-mail.ts';
import { sesMail } from '../destinations/email/ses-mail.ts';

/** How destinations are spoken to, with what opens them. */
export const wiresOf = (
  env: {
    readonly DESTINATION_SECRETS_PREFIX: string;
    readonly MAIL_FROM: string;
    readonly LOCAL_WEBHOOKS?: 'allow' | undefined;
  },
  tables: Tables,
) => {
  const isLoopbackAllowed = env.LOCAL_WEBHOOKS === 'allow';
  const { nowMs } = systemClock;
  const secrets = parameterDestinationSecrets({
    parameters: secretParameters(),
    prefix: env.DESTINATION_SECRETS_PREFIX,
  });
  const wires = allWires(
    limitedMail({
      send: sesMail({ send: sesClient(), from: env.MAIL_FROM }),
      budget: tableMailBudget({ tables }),
      nowMs,
    }),
  );
  const secretsOf = rememberedSecrets(secrets);
  const send = outbound({ isLoopbackAllowed, resolve: systemResolve });
  return {
    isLoopbackAllowed,
    secrets,
    secretsOf,
    wires,
    wireOf: destinationWires({ wires, secretsOf, outbound: send, nowMs }),
  };
};
