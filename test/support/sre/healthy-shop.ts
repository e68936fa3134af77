import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { LogRecord } from '../../../lambdas/sre/domain/log-record.ts';
import { DEVELOPMENT_DATA, readCsv, severityOfLevel } from '../development-data.ts';
import { recordOf } from './records.ts';

/** Records of a shop of some 40 services in a minute in which nothing was wrong, one list a recording. */
export const healthyShop = (): readonly (readonly LogRecord[])[] => {
  const root = join(DEVELOPMENT_DATA, 'nezha/construct_data');
  return readdirSync(root).flatMap((day) =>
    readdirSync(join(root, day, 'log')).map((file) =>
      readRecords(gunzipSync(readFileSync(join(root, day, 'log', file))).toString('utf8')),
    ),
  );
};

const readRecords = (text: string): readonly LogRecord[] => {
  const [head = [], ...rows] = readCsv(text);
  const [time, pod, log] = ['TimeUnixNano', 'PodName', 'Log'].map((name) => head.indexOf(name));
  return rows
    .map((row) => shopRecord(row[time ?? 0] ?? '', row[pod ?? 0] ?? '', row[log ?? 0] ?? ''))
    .toSorted((left, right) => left.timeMs - right.timeMs);
};

/** `16:48:42.424 INFO  t.s.TravelServiceImpl#532 TraceID: .. SpanID: .. message`, as a container runtime wraps it. */
const shopRecord = (nanoseconds: string, pod: string, log: string): LogRecord => {
  const line = /^\{"log":"((?:[^"\\]|\\.)*)"/.exec(log)?.[1] ?? log;
  const content = line.replaceAll(String.raw`\n`, '').replaceAll(String.raw`\"`, '"');
  const [, level = '', message = content] =
    /^\S+ +([A-Z]+) +\S+ (?:TraceID: \S* SpanID: \S* )?(.*)$/s.exec(content) ?? [];
  return recordOf({
    timeMs: Math.floor(Number(nanoseconds) / 1e6),
    source: { environment: '', namespace: '', service: pod.replace(/-[0-9a-f]+-\w{5}$/, '') },
    severity: severityOfLevel(level),
    text: message,
  });
};
