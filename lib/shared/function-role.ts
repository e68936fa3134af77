import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledge } from './grants.ts';

interface FunctionRoleProps {
  readonly functionId: string;
  readonly logGroup: logs.LogGroup;
}

/**
 * The role of one function: it may write its own log group, and what is granted to it. AWS's managed policy would open
 * every log group. Grants stand in the role itself, because a policy of its own for each would be a resource more in a
 * stack that may have 500.
 */
export class FunctionRole extends iam.Role {
  private readonly granted: iam.PolicyDocument;

  constructor(scope: Construct, id: string, { functionId, logGroup }: FunctionRoleProps) {
    const granted = new iam.PolicyDocument();
    super(scope, id, {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: `What ${functionId} may do`,
      inlinePolicies: { granted },
    });
    this.granted = granted;
    logGroup.grantWrite(this);
    acknowledge(this, 'IAM5[Resource::*]', 'X-Ray takes segments without naming a resource.');
  }

  /** Where CDK's grants arrive; its own role would make a policy. */
  override addToPrincipalPolicy(statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    this.granted.addStatements(statement);
    return { statementAdded: true, policyDependable: this };
  }
}
