import { Annotations } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import type { DeployedInferenceEnv } from '../../lambdas/inference/env.ts';
import type { StageConfig } from '../shared/stage-config.ts';
import type { StateStack } from '../state-stack.ts';

/** The engine room: the bus, and what every function needs that calls models. */
export class Inference extends Construct {
  readonly bus: events.EventBus;
  readonly environment: DeployedInferenceEnv;

  constructor(scope: Construct, id: string, config: StageConfig, state: StateStack) {
    super(scope, id);
    this.bus = new events.EventBus(this, 'Bus', {
      description: 'Facts that other services act on',
    });
    this.environment = {
      KEYS_TABLE: state.keys.tableName,
      USAGE_TABLE: state.usage.tableName,
      EVENT_BUS_NAME: this.bus.eventBusName,
      PROVIDER_SECRET_ID: state.providerSecret.secretArn,
      CONTENT_SAMPLE_SHARE: String(config.contentSampleShare),
      ALLOWED_FEATURES: config.allowedFeatures,
    };
    if (config.contentSampleShare > 0)
      Annotations.of(this).addWarningV2(
        'sluice:content-sampling',
        `contentSampleShare is ${config.contentSampleShare}: prompts and answers of so many of the calls are written to the logs of this stage, for everybody who may read them.`,
      );
  }
}
