import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { readStageConfig } from '../../lib/shared/stage-config.ts';
import { stageTemplates } from '../support/stage.ts';

const scan = stageTemplates();
const indexed = stageTemplates({
  search: 'opensearch',
  searchInstance: 'r7g.large.search',
  searchNodes: '2',
  searchVolumeGb: '100',
  searchReplicas: '1',
  telemetryDays: '30',
});

const DOMAIN = 'AWS::OpenSearchService::Domain';

describe('a stage that searches by OpenSearch', () => {
  test('has one domain, encrypted, by HTTPS alone, that nobody is let into by a policy of its own', () => {
    indexed.state.resourceCountIs(DOMAIN, 1);
    indexed.state.hasResource(DOMAIN, {
      DeletionPolicy: 'Delete',
      Properties: {
        AccessPolicies: Match.absent(),
        VPCOptions: Match.absent(),
        EngineVersion: 'OpenSearch_2.19',
        EncryptionAtRestOptions: { Enabled: true },
        NodeToNodeEncryptionOptions: { Enabled: true },
        DomainEndpointOptions: {
          EnforceHTTPS: true,
          TLSSecurityPolicy: 'Policy-Min-TLS-1-2-PFS-2023-10',
        },
        ClusterConfig: Match.objectLike({
          InstanceType: 'r7g.large.search',
          InstanceCount: 2,
          ZoneAwarenessEnabled: true,
        }),
        EBSOptions: { EBSEnabled: true, VolumeSize: 100, VolumeType: 'gp3' },
      },
    });
  });

  test('its functions may send the requests that they send, and no other', () => {
    expect(requestsOf(indexed.sre)).toEqual([
      'Delete /_plugins/_ism/policies/sluice-logs',
      'Get /_plugins/_ism/policies/sluice-logs',
      'Post /_bulk',
      'Put /_index_template/sluice-logs',
      'Put /_plugins/_ism/policies/sluice-logs',
    ]);
    // People's routes, and agents'.
    expect(requestsOf(indexed.service)).toEqual([
      'Post /sluice-logs/_search',
      'Post /sluice-logs/_search',
    ]);
  });

  test('reads blocks of the stream for six hours, then keeps them', () => {
    indexed.sre.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      StartingPosition: 'TRIM_HORIZON',
      MaximumRecordAgeInSeconds: 21_600,
      MaximumRetryAttempts: Match.absent(),
      BisectBatchOnFunctionError: true,
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
      FilterCriteria: {
        Filters: [
          {
            Pattern: JSON.stringify({
              eventName: ['INSERT'],
              dynamodb: {
                NewImage: { kind: { S: ['logs', 'traces'] }, tenant: { S: [{ exists: true }] } },
              },
            }),
          },
        ],
      },
    });
    indexed.sre.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({
          SEARCH_SHARDS: '2',
          SEARCH_REPLICAS: '1',
          TELEMETRY_DAYS: '30',
        }),
      },
    });
  });
});

test('a stage that searches by scan has nothing of it', () => {
  scan.state.resourceCountIs(DOMAIN, 0);
  for (const template of Object.values(scan)) {
    const text = JSON.stringify(template.toJSON());
    for (const word of ['OpenSearch', 'SEARCH_', 'es:ESHttp', 'index-logs', 'index-lag'])
      expect(text).not.toContain(word);
  }
});

test.each([
  [{ search: 'elastic' }, /at search/],
  [{ searchInstance: 't3.small' }, /searchInstance/],
  [{ searchNodes: '0' }, /searchNodes/],
  [{ searchVolumeGb: '5' }, /searchVolumeGb/],
  [{ searchReplicas: '1' }, /at searchReplicas/],
])('%j fails the synth and names itself', (settings, named) => {
  expect(() => readStageConfig({ stage: 'test', ...settings })).toThrow(named);
});

const role = z.looseObject({
  Properties: z.looseObject({
    Policies: z
      .array(
        z.looseObject({
          PolicyDocument: z.looseObject({
            Statement: z.array(
              z.looseObject({
                Action: z.union([z.string(), z.array(z.string())]).transform((all) => [all].flat()),
                Resource: z.unknown(),
              }),
            ),
          }),
        }),
      )
      .default([]),
  }),
});

/** Method and path of each request to the domain that some role of a template may send. */
const requestsOf = (template: (typeof indexed)['sre']): readonly string[] =>
  Object.values(template.findResources('AWS::IAM::Role'))
    .flatMap((resource) => role.parse(resource).Properties.Policies)
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .filter(({ Action }) => Action.some((action) => action.startsWith('es:')))
    .flatMap(({ Action, Resource }) =>
      Action.flatMap((action) =>
        [...JSON.stringify(Resource).matchAll(/"(\/[^"]*)"/g)].map(
          ([, path = '']) => `${action.replace('es:ESHttp', '')} ${path}`,
        ),
      ),
    )
    .toSorted();
