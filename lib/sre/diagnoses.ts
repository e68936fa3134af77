import { Construct } from 'constructs';
import type { DiagnoseEnv } from '../../lambdas/sre/env.ts';
import type { Inference } from '../inference/inference.ts';
import { WIRE_PARTS } from '../shared/function-code.ts';
import { grantBedrock, grantGetObjects, grantIndexes, grantTable } from '../shared/grants.ts';
import { ServiceFunction } from '../shared/service-function.ts';
import type { StageConfig } from '../shared/stage-config.ts';
import type { StateStack } from '../state-stack.ts';
import { grantSend, type Incidents } from './incidents.ts';
import { SRE_SIZES } from './sizes.ts';

/** A model holds a worker for a minute; what waits here keeps no ticket waiting. */
const ASKING_AT_ONCE = 10;

/** From incidents to what a model says of them: the one function of the SRE that calls models, and may read their keys. */
export class Diagnoses extends Construct {
  readonly diagnose: ServiceFunction;

  constructor(
    scope: Construct,
    id: string,
    {
      config,
      state,
      incidents,
      inference,
    }: {
      readonly config: StageConfig;
      readonly state: StateStack;
      readonly incidents: Incidents;
      readonly inference: Inference;
    },
  ) {
    super(scope, id);
    const environment: DiagnoseEnv & Inference['environment'] = {
      ...inference.environment,
      SRE_TABLE: state.sre.tableName,
      LOGS_TABLE: state.logs.tableName,
      BLOCKS_BUCKET: state.blocks.bucketName,
      DIAGNOSES_QUEUE_URL: incidents.diagnoses.queueUrl,
    };
    const fn = new ServiceFunction(this, 'diagnose', {
      room: 'sre',
      size: SRE_SIZES.diagnose,
      description: 'Asks a model about an incident, once',
      config,
      environment,
      // Whatever model a project names, of whatever provider.
      beside: ['tokenizer', 'event-bridge', 'project-spend', 're2', 's3', ...WIRE_PARTS],
    });
    // The key that pays is made here when it is first needed.
    grantTable(state.keys, fn, 'GetItem', 'PutItem', 'UpdateItem', 'ConditionCheckItem');
    state.providerSecret.grantRead(fn);
    grantBedrock(fn, config);
    inference.bus.grantPutEventsTo(fn);
    grantTable(state.sre, fn, 'GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'Query');
    grantTable(state.logs, fn, 'GetItem');
    grantIndexes(state.logs, fn, 'by_stamp');
    grantGetObjects(state.blocks, fn, 'blocks/');
    grantSend(fn, incidents.diagnoses);
    incidents.diagnoses.grantConsumeMessages(fn);
    fn.addEventSourceMapping('Diagnoses', {
      eventSourceArn: incidents.diagnoses.queueArn,
      batchSize: 1,
      maxConcurrency: ASKING_AT_ONCE,
      reportBatchItemFailures: true,
    });
    this.diagnose = fn;
  }
}
