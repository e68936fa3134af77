import { Match } from 'aws-cdk-lib/assertions';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { METRICS } from '../../lambdas/shared/metric-names.ts';
import { stageTemplates } from '../support/stage.ts';

const { service, sre } = stageTemplates({
  alarmEmail: 'operator@example.com',
  search: 'opensearch',
});
/** The topic of the Service stack, by its name here or as the Sre stack imports it. */
const action = z.union([
  z.object({ Ref: z.string() }).transform(({ Ref }) => Ref),
  z.object({ 'Fn::ImportValue': z.string() }).transform((from) => from['Fn::ImportValue']),
]);
const alarmSchema = z.looseObject({
  Properties: z.looseObject({
    AlarmName: z.string().startsWith('sluice-test-'),
    AlarmDescription: z.string(),
    AlarmActions: z.array(action).length(1),
    OKActions: z.array(action).length(1),
  }),
});
const alarms = new Map(
  [service, sre]
    .flatMap((template) => Object.values(template.findResources('AWS::CloudWatch::Alarm')))
    .map((found) => {
      const { AlarmName, ...alarm } = alarmSchema.parse(found).Properties;
      return [AlarmName.replace('sluice-test-', ''), alarm] as const;
    }),
);

const PARTS = ['Rule', 'Symptom', 'Meaning', 'First look', 'Fix', 'How to check the fix'];

/** Headings of the third level and the text below each. */
const articlesOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split(/^### /m)
      .slice(1)
      .map((article): [string, string] => {
        const end = article.indexOf('\n');
        return [article.slice(0, end).trim(), article.slice(end).split(/^## /m)[0] ?? ''];
      }),
  );
const runbook = readFileSync('docs/runbook.md', 'utf8');
const articles = articlesOf(runbook);

/** What is missing on either side, by name. */
const gaps = (
  named: ReadonlySet<string>,
  written: ReadonlySet<string>,
): { readonly noArticle: string[]; readonly noAlarm: string[] } => ({
  noArticle: [...named].filter((name) => !written.has(name)),
  noAlarm: [...written].filter((name) => !named.has(name)),
});

describe('the runbook', () => {
  const ids = new Set(alarms.keys());
  const headings = new Set(articles.keys());

  test('has an article for every alarm, and no article without one', () => {
    expect(ids.size).toBeGreaterThan(10);
    expect(gaps(ids, headings)).toEqual({ noArticle: [], noAlarm: [] });
  });

  test('a planted alarm without an article is caught, and an article without an alarm', () => {
    const planted = articlesOf(runbook.replace('### stream-age', '### stream-rage'));
    expect(gaps(ids, new Set(planted.keys()))).toEqual({
      noArticle: ['stream-age'],
      noAlarm: ['stream-rage'],
    });
  });

  test.each([...articles])(
    '%s: every part is there, and the rule is the alarm’s own',
    (id, article) => {
      for (const part of PARTS)
        expect(article, part).toMatch(new RegExp(`^\\*\\*${part}\\.\\*\\* \\S.{20,}`, 'm'));
      const [rule] = (alarms.get(id)?.AlarmDescription ?? '').split(' See docs/');
      expect(article).toContain(`**Rule.** ${rule}\n`);
    },
  );
});

describe('alarms', () => {
  test('tell one topic, which takes them and nobody else, and mails the address of the stage', () => {
    const [topic, ...more] = Object.keys(service.findResources('AWS::SNS::Topic'));
    expect(more).toEqual([]);
    for (const alarm of alarms.values())
      for (const told of [...alarm.AlarmActions, ...alarm.OKActions])
        expect([topic, `Service:ExportsOutputRef${topic}`]).toContain(
          told.replace(/[0-9A-F]{8}$/, (hash) => (told === topic ? hash : '')),
        );
    service.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
    service.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'operator@example.com',
    });
    stageTemplates().service.resourceCountIs('AWS::SNS::Subscription', 0);
  });

  test('look only at metrics that somebody emits, in this stage', () => {
    const names = new Set<string>(Object.values(METRICS).map(({ name }) => name));
    const used = JSON.stringify(
      [service, sre].map((template) => template.findResources('AWS::CloudWatch::Alarm')),
    );
    const own = [...used.matchAll(/"MetricName":"(\w+)","Namespace":"Sluice"/g)];
    expect(own.length).toBeGreaterThan(8);
    for (const [, name = ''] of own) expect(names).toContain(name);
    expect(used.match(/"Value":"sluice-test"/g)?.length).toBeGreaterThanOrEqual(own.length);
  });
});

test('the dashboard answers in the order in which an operator asks, and shows every metric of our own', () => {
  const [board] = Object.values(service.findResources('AWS::CloudWatch::Dashboard'));
  const text = JSON.stringify(board).replaceAll('\\', '');
  const places = ['Is it up?', 'Is it fast?', 'Is the money right?', 'What broke?'].map(
    (question) => text.indexOf(`## ${question}`),
  );
  expect(places).toEqual(places.toSorted((left, right) => left - right));
  expect(places[0]).toBeGreaterThan(text.indexOf('"Alarms"'));
  for (const { name } of Object.values(METRICS)) expect(text, name).toContain(`"${name}"`);
});

test('an alarm links to its article where the runbook can be read', () => {
  const runbookUrl = 'https://git.example.com/docs/runbook.md';
  const alarms = stageTemplates({ runbookUrl }).service.findResources('AWS::CloudWatch::Alarm');
  for (const alarm of Object.values(alarms))
    expect(alarm['Properties'].AlarmDescription).toMatch(
      /See https:\/\/git\.example\.com\/docs\/runbook\.md#[a-z-]+$/,
    );
});
