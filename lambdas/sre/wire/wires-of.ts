import { awsClient } from '../../platform/aws/aws-client.ts';
import { awsPlace } from '../../platform/aws/aws-environment.ts';
import { systemClock } from '../../platform/clock.ts';
import { outbound, systemResolve } from '../../platform/outbound.ts';
import { secretParameters } from '../../platform/parameters.ts';
import { destinationWires } from '../adapters/destination-wires.ts';
import { parameterDestinationSecrets } from '../adapters/parameter-destination-secrets.ts';
import { allWires } from '../destinations/all-wires.ts';
import { sesMail } from '../destinations/email/ses-mail.ts';

/** A mail that may have been taken is not sent again by the client: whoever delivers decides. */
const SES = {
  signingName: 'ses',
  limits: { socketsMax: 8, connectTimeoutMs: 5_000, requestTimeoutMs: 15_000 },
  attemptsMax: 1,
  retryBaseMs: 100,
};

/** How destinations are spoken to, with what opens them. */
export const wiresOf = (env: {
  readonly DESTINATION_SECRETS_PREFIX: string;
  readonly MAIL_FROM: string;
  readonly LOCAL_WEBHOOKS?: 'allow' | undefined;
}) => {
  const isLoopbackAllowed = env.LOCAL_WEBHOOKS === 'allow';
  const { nowMs } = systemClock;
  const secrets = parameterDestinationSecrets({
    parameters: secretParameters(),
    prefix: env.DESTINATION_SECRETS_PREFIX,
  });
  const wires = allWires(
    sesMail({ send: awsClient({ place: awsPlace('email'), ...SES, nowMs }), from: env.MAIL_FROM }),
  );
  const send = outbound({ isLoopbackAllowed, resolve: systemResolve });
  return {
    isLoopbackAllowed,
    secrets,
    wires,
    wireOf: destinationWires({ wires, secrets, outbound: send, nowMs }),
  };
};
