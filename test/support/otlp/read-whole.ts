import { Unread } from '../../../lambdas/sre/in/otlp/otlp-protobuf.ts';
import {
  readOtlp,
  type OtlpInput,
  type OtlpRequest,
} from '../../../lambdas/sre/in/otlp/read-otlp.ts';
import { isMessage, listOf } from '../../../lambdas/sre/in/otlp/values.ts';

/** A request with all of its records read: all that decoding is. */
export const readWhole = (input: OtlpInput): OtlpRequest => {
  const request = readOtlp(input);
  for (const resource of listOf(request.message['resourceLogs']))
    for (const scope of isMessage(resource) ? listOf(resource['scopeLogs']) : []) openAll(scope);
  return request;
};

const openAll = (scope: unknown): void => {
  const records: unknown = isMessage(scope) ? scope['logRecords'] : null;
  if (!Array.isArray(records)) return;
  records.forEach((record, index) => {
    if (record instanceof Unread) records[index] = record.read();
  });
};
