import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { StageConfig } from './stage-config.ts';
import { functionCode, type Beside } from './function-code.ts';
import { FunctionRole } from './function-role.ts';
import type { FunctionSize } from './function-size.ts';

export interface ServiceFunctionProps {
  /** Room under `lambdas/`; the entry is `<room>/<id>.lambda.ts`. */
  readonly room: 'gateway' | 'ledger' | 'sre' | 'threads';
  readonly config: StageConfig;
  readonly environment: Readonly<Record<string, string>>;
  /** Its row in the room's sizes.ts. */
  readonly size: FunctionSize;
  /** Where the trigger gives up earlier than the function's own limit. */
  readonly timeoutSecondsMax?: number;
  readonly description: string;
  /** A name of its own, for a function that calls itself; else CloudFormation makes one. */
  readonly functionName?: string;
  /** Parts of lambdas/beside that the function may need, each loaded when it first does. */
  readonly beside?: readonly Beside[];
}

/**
 * The one way to make a function: Node 24 on arm64, one ESM bundle with the AWS SDK inside, own role and log group,
 * JSON logs. No reserved concurrency: a new account has little, and every function would take from it.
 */
export class ServiceFunction extends lambda.Function {
  /** `<room>/<id>`. */
  readonly entry: string;
  /** Parts of lambdas/beside that it carries, but for the one that every function does. */
  readonly beside: readonly Beside[];

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    const { config, beside = [] } = props;
    const entry = `${props.room}/${id}`;
    const { memoryMb, timeoutSeconds } = props.size;
    const logGroup = new logs.LogGroup(scope, `${id}-log`, {
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    super(scope, id, {
      code: functionCode(scope, entry, beside),
      handler: 'index.handler',
      description: props.description,
      ...(props.functionName === undefined ? {} : { functionName: props.functionName }),
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: memoryMb,
      timeout: Duration.seconds(
        Math.min(timeoutSeconds, props.timeoutSecondsMax ?? timeoutSeconds),
      ),
      environment: { ...props.environment, POWERTOOLS_SERVICE_NAME: `sluice-${config.stage}` },
      // The front door decides which requests are traced (its sampling rule) and a function follows. An active one
      // would trace on its own what has no caller: a run of roll-up-usage each second at $5 a million traces.
      // https://docs.aws.amazon.com/lambda/latest/api/API_TracingConfig.html
      tracing: config.tracing === 'sampled' ? lambda.Tracing.PASS_THROUGH : lambda.Tracing.DISABLED,
      role: new FunctionRole(scope, `${id}-role`, { functionId: id, logGroup }),
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: lambda.ApplicationLogLevel.INFO,
      systemLogLevelV2: lambda.SystemLogLevel.INFO,
    });
    this.entry = entry;
    this.beside = beside;
    const template = this.node.defaultChild;
    // The local runtime builds this entry again when its source changes.
    if (template instanceof lambda.CfnFunction)
      template.addMetadata('sluice:entry', `lambdas/${entry}.lambda.ts`);
  }
}
