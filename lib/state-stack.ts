import { CfnOutput, CfnResource, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

const { STRING, NUMBER } = dynamodb.AttributeType;

/** Everything that must outlive a deployment: tables and secrets, retained, under pinned logical ids. */
export class StateStack extends Stack {
  readonly keys: dynamodb.TableV2;
  readonly usage: dynamodb.TableV2;
  readonly adminSecret: secrets.Secret;
  readonly providerSecret: secrets.Secret;

  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    this.keys = this.table('Keys', {
      dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      globalSecondaryIndexes: [
        {
          indexName: 'by_sweep',
          partitionKey: { name: 'sweep_shard', type: STRING },
          sortKey: { name: 'sweep_at', type: NUMBER },
          projectionType: dynamodb.ProjectionType.KEYS_ONLY,
        },
        ...(['list', 'user'] as const).map((kind) => ({
          indexName: kind === 'list' ? 'by_project' : 'by_user',
          partitionKey: { name: `${kind}_pk`, type: STRING },
          sortKey: { name: 'list_sk', type: STRING },
        })),
      ],
    });
    this.usage = this.table('Usage', {
      globalSecondaryIndexes: [
        {
          indexName: 'by_project_month',
          partitionKey: { name: 'month_pk', type: STRING },
          sortKey: { name: 'month_sk', type: STRING },
        },
      ],
    });
    this.adminSecret = this.secret('AdminKey', 'The first admin key, plain text');
    this.providerSecret = this.secret('Providers', 'Model providers: name -> api_key, base_url');
    new CfnOutput(this, 'AdminKeySecret', { value: this.adminSecret.secretName });
    new CfnOutput(this, 'ProviderSecret', { value: this.providerSecret.secretName });
  }

  private table(id: string, props: Partial<dynamodb.TablePropsV2>): dynamodb.TableV2 {
    const table = new dynamodb.TableV2(this, id, {
      ...props,
      partitionKey: { name: 'pk', type: STRING },
      sortKey: { name: 'sk', type: STRING },
      billing: dynamodb.Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'ttl',
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    pin(table, `${id}Table`);
    return table;
  }

  private secret(id: string, description: string): secrets.Secret {
    const secret = new secrets.Secret(this, id, {
      description,
      generateSecretString: { secretStringTemplate: '{}', generateStringKey: 'unset' },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    pin(secret, `${id}Secret`);
    return secret;
  }
}

/** A pinned logical id: moving the construct in the tree never replaces the resource. */
const pin = (construct: Construct, logicalId: string): void => {
  const { defaultChild } = construct.node;
  if (!CfnResource.isCfnResource(defaultChild)) throw new Error(`${logicalId} has no resource`);
  defaultChild.overrideLogicalId(logicalId);
};
