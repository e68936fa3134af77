import { awsIdentity, type AwsPlace } from '../../platform/aws/aws-environment.ts';
import { requestSigner, type SignRequest } from '../../platform/aws/request-signer.ts';
import { utf8Text } from '../../shared/utf8.ts';

interface SignedRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** All headers of a request to a service of AWS, signed as the function's own role; region null: that of the function. */
export type SignAsRole = (
  service: string,
  region: string | null,
  request: SignedRequest,
) => Readonly<Record<string, string>>;

/** Signers are kept by service and region: what they share of a day is worked out once. */
export const roleSigner = (
  identityOf: () => Omit<AwsPlace, 'endpoint'> = awsIdentity,
  nowMs: () => number = Date.now,
): SignAsRole => {
  const signers = new Map<string, SignRequest>();
  return (service, region, { url, method, headers, body }) => {
    const name = `${service} ${region ?? ''}`;
    let sign = signers.get(name);
    if (sign === undefined) {
      const { credentials, region: own } = identityOf();
      sign = requestSigner({ service, region: region ?? own, credentials });
      signers.set(name, sign);
    }
    const { host, pathname } = new URL(url);
    return sign({ method, host, path: pathname, headers, body: utf8Text(body) }, nowMs());
  };
};
