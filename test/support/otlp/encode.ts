import { otlpRoot, type Signal } from '../../../lambdas/sre/in/otlp/otlp-types.ts';

/** A request of OTLP's JSON names as protobuf; ids are bytes or base64, 64-bit numbers anything that holds them. */
export const protobufOf = (signal: Signal, request: object): Uint8Array => {
  const type = otlpRoot(signal).lookupType('Request');
  return type.encode(type.fromObject(request)).finish();
};

export const text = (stringValue: string): object => ({ stringValue });

export const attributes = (values: Readonly<Record<string, unknown>>): object[] =>
  Object.entries(values).map(([key, value]) => ({ key, value }));

/** One resource, one scope. */
export const logsRequest = (
  logRecords: readonly unknown[],
  resource: Readonly<Record<string, object>> = { 'service.name': text('checkout') },
): object => ({
  resourceLogs: [
    { resource: { attributes: attributes(resource) }, scopeLogs: [{ scope: {}, logRecords }] },
  ],
});
