import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { recordSettlement } from '../../../lambdas/inference/calls/call-metrics.ts';
import { inInvocation, note } from '../../../lambdas/platform/invocation.ts';
import { logger, report } from '../../../lambdas/platform/logger.ts';
import { recordMetrics } from '../../../lambdas/platform/metrics.ts';
import { METRICS } from '../../../lambdas/shared/metric-names.ts';
import { AppError, ERROR_TABLE } from '../../../lambdas/shared/app-error.ts';
import { settlementOf } from '../../support/key-items.ts';
import { stageTemplates } from '../../support/stage.ts';
import { keepPrinted } from '../../support/printed.ts';

/** Every query of Logs Insights in the runbook, on one line. */
const queries = [...readFileSync('docs/runbook.md', 'utf8').matchAll(/`{3}([^`]+)`{3}|`([^`]+)`/g)]
  .map(([, block, inline]) => (block ?? inline ?? '').replaceAll(/\s+/g, ' ').trim())
  .filter((text) => /^(fields|filter|stats) /.test(text));

const FIELD = String.raw`@?[\w.]+`;
const CONDITION = String.raw`(?:${FIELD} (?:=|!=|>=|<=|>|<) (?:"[^"]*"|\d+)|${FIELD} like "[^"]*"|${FIELD} in \["[^"]*"(?:, "[^"]*")*\]|ispresent\(${FIELD}\))`;
const FIGURE = String.raw`(?:count\(\)|(?:pct)\(${FIELD}, \d+\)|(?:avg|max|min|sum)\(${FIELD}\))`;
/** The part of the language that the runbook needs: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html */
const COMMAND = new RegExp(
  `^(?:fields ${FIELD}(?:, ${FIELD})*|filter ${CONDITION}(?: (?:and|or) ${CONDITION})*|stats ${FIGURE}(?:, ${FIGURE})* by ${FIELD}(?:, ${FIELD})*|sort ${FIELD} (?:asc|desc)|limit \\d+)$`,
);
const WORDS = new Set(
  'fields filter stats sort limit by asc desc and or like in ispresent count pct avg max min sum'.split(
    ' ',
  ),
);
const fieldsOf = (query: string): readonly string[] =>
  [...query.replaceAll(/"[^"]*"/g, '').matchAll(/@?[a-zA-Z_][\w.]*/g)]
    .map(([word]) => word)
    .filter((word) => !WORDS.has(word));

/** Of Lambda's own lines: docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report */
const PLATFORM = ['type', 'record.status', 'record.errorType', 'record.metrics.maxMemoryUsedMB'];
/** Logs Insights adds it. */
const GIVEN = ['@timestamp'];

const stageSchema = z.looseObject({
  Properties: z.looseObject({ AccessLogSetting: z.looseObject({ Format: z.string() }) }),
});
const accessLogFields = (): readonly string[] => {
  const [stage] = Object.values(stageTemplates().service.findResources('AWS::ApiGateway::Stage'));
  const { Format } = stageSchema.parse(stage).Properties.AccessLogSetting;
  return Object.keys(z.record(z.string(), z.string()).parse(JSON.parse(Format)));
};

const printed = keepPrinted();

const paths = (value: unknown, prefix = ''): readonly string[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([name, inner]) => paths(inner, `${prefix}${name}.`))
    : [prefix.slice(0, -1)];

/** The fields of what a function prints for a call that ended, a 503 and a defect. */
const printedFields = async (): Promise<ReadonlySet<string>> => {
  const settlement = { ...settlementOf('h', 5, 0), firstTokenMs: 1, estimated: true };
  await inInvocation({ request_id: 'req_1', key_id: 'key_1' }, async () => {
    note({ project_id: 'p' });
    recordSettlement(
      { metrics: { record: recordMetrics }, clock: { nowMs: () => 0 } },
      { startedAtMs: 0, heldAtMs: 0, hold: { amountNanoUsd: 0 } },
      settlement,
    );
    recordMetrics({ stuckRuns: 1 });
    logger.warn('storage_unavailable', { internal: 'x' });
    report('failed', new AppError({ code: 'internal', publicMessage: 'x' }));
    await new Promise<void>((resolve) => void setImmediate(resolve));
  });
  const lines = printed().filter((text) => text.startsWith('{'));
  return new Set(lines.flatMap((text) => paths(JSON.parse(text))));
};

describe('the queries of the runbook', () => {
  test.each(queries)('%s is one of Logs Insights', (query) => {
    for (const command of query.split(' | ')) expect(command).toMatch(COMMAND);
  });

  test('ask for fields that are printed, and for nothing else', async () => {
    expect(queries.length).toBeGreaterThan(20);
    const known = new Set([
      ...(await printedFields()),
      ...PLATFORM,
      ...GIVEN,
      ...accessLogFields(),
    ]);
    const told = new Set<string>(Object.values(METRICS).map(({ name }) => name));
    for (const query of queries)
      for (const field of fieldsOf(query))
        expect(known.has(field) || told.has(field), `${field} in ${query}`).toBe(true);
  });

  test('look for messages that some function logs', () => {
    const source = globSync('lambdas/**/*.ts')
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
    const messages = queries.flatMap((query) => [...query.matchAll(/message (=|like) "([^"]*)"/g)]);
    expect(messages.length).toBeGreaterThan(8);
    for (const [, how, message = ''] of messages) {
      const isCode = Object.hasOwn(ERROR_TABLE, message);
      const begin = how === '=' ? `report('${message}'` : `report(\`${message}`;
      expect(isCode || source.includes(begin), message).toBe(true);
    }
  });
});
