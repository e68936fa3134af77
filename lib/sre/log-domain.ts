import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { EbsDeviceVolumeType } from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as opensearch from 'aws-cdk-lib/aws-opensearchservice';
import { Construct } from 'constructs';
import { acknowledge } from '../shared/grants.ts';
import { QUARTER_MINUTES } from '../shared/monitored.ts';
import { pin } from '../shared/pin.ts';
import type { StageConfig } from '../shared/stage-config.ts';

export interface LogDomainSize {
  readonly instance: string;
  readonly nodes: number;
  readonly volumeGb: number;
  readonly replicas: number;
}

/** null: the stage searches its blocks. */
export const logDomainSize = (config: StageConfig): LogDomainSize | null =>
  config.search === 'scan'
    ? null
    : {
        instance: config.searchInstance,
        nodes: config.searchNodes,
        volumeGb: config.searchVolumeGb,
        replicas: config.searchReplicas,
      };

/** A request that a role may make: a method and a path, without a wildcard. */
type Request = readonly ['Delete' | 'Get' | 'Post' | 'Put', string];
const TEMPLATE = '/_index_template/sluice-logs';
const POLICY = '/_plugins/_ism/policies/sluice-logs';
const INDEXING: readonly Request[] = [
  ['Put', TEMPLATE],
  ['Get', POLICY],
  ['Put', POLICY],
  ['Delete', POLICY],
  ['Post', '/_bulk'],
];
const SEARCHING: readonly Request[] = [['Post', '/sluice-logs/_search']];

/**
 * An index of logs. It has no access policy of its own: only roles of this account that a policy of theirs lets in, each
 * to the requests that it makes. All that is in it is in the blocks too, so that it goes when the stage wants none.
 */
export class LogDomain extends Construct {
  /** `https://` and a name. */
  readonly endpoint: string;
  readonly freeStorage: cloudwatch.Metric;
  readonly volumeGb: number;
  private readonly arn: string;

  constructor(
    scope: Construct,
    id: string,
    { instance, nodes, volumeGb, replicas }: LogDomainSize,
  ) {
    super(scope, id);
    const isSpread = replicas > 0 && nodes % 2 === 0;
    const domain = new opensearch.Domain(this, 'Domain', {
      version: opensearch.EngineVersion.openSearch('2.19'),
      capacity: {
        dataNodes: nodes,
        dataNodeInstanceType: instance,
        multiAzWithStandbyEnabled: false,
      },
      zoneAwareness: isSpread ? { enabled: true, availabilityZoneCount: 2 } : { enabled: false },
      ebs: { volumeSize: volumeGb, volumeType: EbsDeviceVolumeType.GP3 },
      encryptionAtRest: { enabled: true },
      nodeToNodeEncryption: true,
      enforceHttps: true,
      tlsSecurityPolicy: opensearch.TLSSecurityPolicy.TLS_1_2_PFS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    pin(domain, 'LogSearchDomain');
    acknowledge(domain, 'OS1', 'Functions have no network of their own; every request is signed.');
    acknowledge(domain, 'OS3', 'Roles are let in, by request, instead of addresses.');
    acknowledge(domain, 'OS4', 'A search that is down loses nothing: blocks are indexed after it.');
    acknowledge(domain, 'OS5', 'There is no policy that lets anybody in unsigned.');
    acknowledge(domain, 'OS7', 'As many nodes and copies as the stage asks for.');
    for (const log of ['SEARCH_SLOW_LOGS', 'INDEX_SLOW_LOGS'])
      acknowledge(
        domain,
        `OS9[LogExport::${log}]`,
        'Slow requests end by the function’s own time limit, which it logs.',
      );
    this.arn = domain.domainArn;
    this.endpoint = `https://${domain.domainEndpoint}`;
    this.volumeGb = volumeGb;
    this.freeStorage = domain.metricFreeStorageSpace({
      statistic: 'Minimum',
      period: Duration.minutes(QUARTER_MINUTES),
    });
    const stack = Stack.of(this);
    stack.exportValue(domain.domainEndpoint);
    stack.exportValue(domain.domainArn);
  }

  grantIndex(fn: lambda.Function): void {
    this.grant(fn, INDEXING);
  }

  grantSearch(fn: lambda.Function): void {
    this.grant(fn, SEARCHING);
  }

  private grant(fn: lambda.Function, requests: readonly Request[]): void {
    for (const [method, paths] of Map.groupBy(requests, ([name]) => name))
      iam.Grant.addToPrincipal({
        grantee: fn,
        actions: [`es:ESHttp${method}`],
        resourceArns: paths.map(([, path]) => `${this.arn}${path}`),
      });
  }
}
