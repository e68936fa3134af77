import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SecretStore, startAwsEndpoints, type AwsEndpoints } from '../../../local/aws-endpoints.ts';
import { EventBus } from '../../../local/events/event-bus.ts';
import { compileAny, compilePattern } from '../../../local/events/event-pattern.ts';
import type { Resource } from '../../../local/template.ts';

describe('an event pattern', () => {
  const settle = { dynamodb: { NewImage: { write: { S: ['settle', 'expire'] } } } };
  const written = (word: string) => ({ dynamodb: { NewImage: { write: { S: word } } } });

  test.each([
    [settle, written('settle'), true],
    [settle, written('hold'), false],
    [settle, { dynamodb: { OldImage: { write: { S: 'settle' } } } }, false],
    [settle, {}, false],
    [{ a: [null] }, { a: null }, true],
    [{ a: [null] }, {}, false],
    [{ a: [true, 1] }, { a: 1 }, true],
    [{ a: [1] }, { a: '1' }, false],
    [{ a: [1], b: [2] }, { a: 1, b: 3 }, false],
    [{ a: [{ prefix: 'MSG#' }] }, { a: 'MSG#1' }, true],
    [{ a: [{ prefix: 'MSG#' }] }, { a: 'RUN#1' }, false],
    [{ a: [{ prefix: 'MSG#' }] }, {}, false],
    [{ a: [{ suffix: '.png' }] }, { a: 'x.png' }, true],
    [{ a: [{ 'equals-ignore-case': 'Ada' }] }, { a: 'ADA' }, true],
    [{ a: { S: [{ exists: true }] } }, { a: { S: 'x' } }, true],
    [{ a: { S: [{ exists: true }] } }, { b: 1 }, false],
    [{ a: { S: [{ exists: false }] } }, { b: 1 }, true],
    [{ a: { S: [{ exists: false }] } }, { a: { S: 'x' } }, false],
    [{ a: [{ exists: true }] }, { a: { S: 'an object is no leaf' } }, false],
    [{ a: [{ 'anything-but': 'x' }] }, { a: 'y' }, true],
    [{ a: [{ 'anything-but': 'x' }] }, { a: 'x' }, false],
    [{ a: [{ 'anything-but': 'x' }] }, {}, false],
    [{ a: [{ 'anything-but': ['x', 'y'] }] }, { a: 'y' }, false],
    [{ a: [{ 'anything-but': { prefix: 'RUN#' } }] }, { a: 'MSG#1' }, true],
    [{ a: [{ 'anything-but': { prefix: 'RUN#' } }] }, { a: 'RUN#1' }, false],
    [{ a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 5 }, true],
    [{ a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 6 }, false],
    [{ a: [{ numeric: ['=', 5] }] }, { a: '5' }, false],
    [{ a: ['x'] }, { a: ['w', 'x'] }, true],
    [{ a: { b: ['x'] } }, { a: [{ b: 'w' }, { b: 'x' }] }, true],
    [{ $or: [{ a: [1] }, { b: [1] }] }, { b: 1 }, true],
    [{ c: [1], $or: [{ a: [1] }, { b: [1] }] }, { b: 1 }, false],
  ])('%j on %j is %j', (pattern, event, expected) => {
    expect(compilePattern(pattern)(event)).toBe(expected);
  });

  test('is one of several: any of them is enough, and none lets everything pass', () => {
    const matches = compileAny([{ eventName: ['INSERT'] }, { eventName: ['REMOVE'] }]);
    expect(matches({ eventName: 'REMOVE' })).toBe(true);
    expect(matches({ eventName: 'MODIFY' })).toBe(false);
    expect(compileAny([])({ eventName: 'MODIFY' })).toBe(true);
  });

  test.each([
    [{ a: [{ cidr: '10.0.0.0/8' }] }, 'cidr'],
    [{ a: [{ wildcard: '*x' }] }, 'wildcard'],
    [{ a: [{ prefix: { 'equals-ignore-case': 'x' } }] }, 'prefix'],
    [{ a: [{ numeric: ['~', 1] }] }, 'numeric'],
    [{ a: [{ prefix: 'x', suffix: 'y' }] }, 'prefix'],
    [{ a: 'x' }, '"x"'],
  ])('that this runtime does not know is refused by name: %j', (pattern, name) => {
    expect(() => compilePattern(pattern)).toThrow(name);
  });
});

const resource = (id: string, type: string, properties: Resource['properties']): Resource => ({
  id,
  type,
  properties,
  assetPath: null,
  metadata: {},
});
const functionArn = (id: string) => `arn:aws:lambda:us-east-1:000000000000:function:${id}`;
const rule = (id: string, properties: Resource['properties']): Resource =>
  resource(id, 'AWS::Events::Rule', {
    EventBusName: 'Bus',
    State: 'ENABLED',
    Targets: [{ Id: 'Target0', Arn: functionArn(id) }],
    ...properties,
  });

describe('an event bus', () => {
  const delivered: [string, unknown][] = [];
  const seen: unknown[] = [];
  let endpoints: AwsEndpoints;
  let client: EventBridgeClient;

  beforeAll(async () => {
    const resources = [
      resource('Bus', 'AWS::Events::EventBus', {}),
      rule('Warn', { EventPattern: { 'detail-type': ['KeyCapWarned'] } }),
      rule('Rich', { EventPattern: { detail: { cap_micros: [{ numeric: ['>', 100] }] } } }),
      rule('Off', { EventPattern: { 'detail-type': ['KeyCapWarned'] }, State: 'DISABLED' }),
      rule('Elsewhere', {
        EventPattern: { 'detail-type': ['KeyCapWarned'] },
        EventBusName: 'default',
      }),
      rule('Minute', { ScheduleExpression: 'rate(1 minute)' }),
    ];
    const bus = new EventBus(resources, {
      enqueue: async (...call) => {
        delivered.push(call);
        await Promise.resolve();
      },
      onEvent: (event) => seen.push(event),
    });
    const folder = mkdtempSync(join(tmpdir(), 'sluice-bus-'));
    endpoints = await startAwsEndpoints(new SecretStore(join(folder, 'secrets.json')), bus);
    client = new EventBridgeClient({
      endpoint: endpoints.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
  });
  beforeEach(() => {
    delivered.length = 0;
    seen.length = 0;
  });
  afterAll(() => endpoints.stop());

  const entry = {
    EventBusName: 'arn:aws:events:us-east-1:000000000000:event-bus/Bus',
    Source: 'sluice.inference',
    DetailType: 'KeyCapWarned',
    Detail: '{"cap_micros":50}',
    Time: new Date('2026-11-24T12:00:00.700Z'),
  };

  test('brings an event in its real shape to the targets of the rules that match, and to no others', async () => {
    const answer = await client.send(new PutEventsCommand({ Entries: [entry] }));
    expect(answer.FailedEntryCount).toBe(0);
    expect(delivered).toEqual([
      [
        'Warn',
        {
          version: '0',
          id: answer.Entries?.[0]?.EventId,
          'detail-type': 'KeyCapWarned',
          source: 'sluice.inference',
          account: '000000000000',
          time: '2026-11-24T12:00:00Z',
          region: 'us-east-1',
          resources: [],
          detail: { cap_micros: 50 },
        },
      ],
    ]);
    expect(seen).toEqual([{ detailType: 'KeyCapWarned', detail: '{"cap_micros":50}' }]);
  });

  test('brings one event to every rule that matches', async () => {
    const rich = { ...entry, Detail: '{"cap_micros":500}' };
    await client.send(new PutEventsCommand({ Entries: [rich] }));
    expect(delivered.map(([id]) => id)).toEqual(['Warn', 'Rich']);
  });

  test('refuses single entries and keeps the others', async () => {
    const { Source: _, ...noSource } = entry;
    const answer = await client.send(
      new PutEventsCommand({
        Entries: [
          { ...entry, Detail: 'no JSON' },
          noSource,
          { ...entry, EventBusName: 'missing' },
          { ...entry, Detail: JSON.stringify({ text: 'x'.repeat(262_144) }) },
          entry,
        ],
      }),
    );
    expect(answer.FailedEntryCount).toBe(4);
    expect(answer.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      'MalformedDetail',
      'InvalidArgument',
      'ResourceNotFoundException',
      'InvalidArgument',
      undefined,
    ]);
    expect(delivered).toHaveLength(1);
  });

  test('takes at most ten entries in one call', async () => {
    const call = client.send(
      new PutEventsCommand({ Entries: Array.from({ length: 11 }, () => entry) }),
    );
    await expect(call).rejects.toThrow('Entries');
    expect(delivered).toHaveLength(0);
  });

  test('stops the start on a target that is no function, naming the rule', () => {
    const queue = { Id: 'Target0', Arn: 'arn:aws:sqs:us-east-1:000000000000:Queue' };
    const resources = [rule('ToQueue', { EventPattern: { source: ['x'] }, Targets: [queue] })];
    const deps = { enqueue: async () => await Promise.resolve(), onEvent: () => undefined };
    expect(() => new EventBus(resources, deps)).toThrow('ToQueue');
  });
});
