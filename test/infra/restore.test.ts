import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { ServiceStack } from '../../lib/service-stack.ts';
import { readStageConfig } from '../../lib/shared/stage-config.ts';
import { StateStack } from '../../lib/state-stack.ts';

const STREAM =
  'arn:aws:dynamodb:us-east-1:111122223333:table/keys-2/stream/2026-11-24T00:00:00.000';
const stacks = (restoreTables: unknown) => {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const config = readStageConfig({ stage: 'test', restoreTables });
  const state = new StateStack(app, 'State', { restoreTables: config.restoreTables });
  const service = new ServiceStack(app, 'Service', { config, state });
  return { state: Template.fromStack(state), service: Template.fromStack(service) };
};
const exportsOf = (template: Template): readonly string[] =>
  Object.values(template.findOutputs('*'))
    .flatMap((output: unknown) => JSON.stringify(output).match(/"Name":"[^"]+"/) ?? [])
    .toSorted();

describe('restored tables', () => {
  const own = stacks({});
  const restored = stacks({
    keys: { name: 'keys-2', streamArn: STREAM },
    usage: { name: 'usage-2' },
    threads: { name: 'threads-2', streamArn: STREAM.replace('keys-2', 'threads-2') },
    chunks: { name: 'chunks-2' },
  });

  test('every function, the stream and the outputs go to the restored tables', () => {
    const text = JSON.stringify(restored.service.toJSON());
    expect(text).toContain('keys-2');
    for (const name of ['usage-2', 'threads-2', 'chunks-2']) expect(text).toContain(name);
    expect(text).not.toMatch(/ExportsOutput\w*(Keys|Usage|Threads|Chunks)Table/);
    restored.service.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: STREAM,
    });
    restored.state.hasOutput('KeysTableName', { Value: 'keys-2' });
    restored.state.hasOutput('UsageTableName', { Value: 'usage-2' });
    restored.state.hasOutput('ThreadsTableName', { Value: 'threads-2' });
    restored.state.hasOutput('ChunksTableName', { Value: 'chunks-2' });
  });

  test('the own tables stay as they were, and so does every export that a deployed Service stack imports', () => {
    expect(restored.state.findResources('AWS::DynamoDB::GlobalTable')).toEqual(
      own.state.findResources('AWS::DynamoDB::GlobalTable'),
    );
    expect(exportsOf(restored.state)).toEqual(exportsOf(own.state));
    expect(exportsOf(own.state).join()).toMatch(/KeysTable/);
  });

  test.each([
    [{ keys: { name: 'keys-2' } }, /streamArn/],
    [{ keys: { name: 'keys-2', streamArn: 'keys-2' } }, /streamArn/],
    [{ threads: { name: 'threads-2', streamArn: STREAM } }, /chunks/],
    [{ threads: { name: 'threads-2' }, chunks: { name: 'chunks-2' } }, /streamArn/],
    [{ chunks: { name: 'chunks-2' } }, /threads and chunks/],
    [{ connections: { name: 'connections-2' } }, /connections/],
    ['not json', /restoreTables/],
  ])('%j fails the synth and names itself', (restoreTables, message) => {
    expect(() => readStageConfig({ stage: 'test', restoreTables })).toThrow(message);
  });

  test('the setting may come from the command line as JSON', () => {
    const text = JSON.stringify({ usage: { name: 'usage-2' } });
    expect(readStageConfig({ stage: 'test', restoreTables: text }).restoreTables).toEqual({
      usage: { name: 'usage-2' },
    });
  });
});

test('an object of a thread comes back for as long as its rows can', () => {
  const { state } = stacks({});
  state.hasResourceProperties('AWS::S3::Bucket', {
    VersioningConfiguration: { Status: 'Enabled' },
    LifecycleConfiguration: {
      Rules: [{ Status: 'Enabled', NoncurrentVersionExpiration: { NoncurrentDays: 35 } }],
    },
  });
});
