import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { StageConfig } from './stage-config.ts';
import type { Monitored } from './monitored.ts';
import { alarmProps, type AlarmDefinition } from './alarms.ts';
import { dashboardWidgets } from './dashboard.ts';

/** The alarms of the registry, one topic that they notify, and one dashboard. */
export class Monitoring extends Construct {
  /** What alarms notify. */
  readonly topic: sns.Topic;

  constructor(
    scope: Construct,
    id: string,
    config: StageConfig,
    monitored: Monitored,
    definitions: readonly AlarmDefinition[],
  ) {
    super(scope, id);
    this.topic = alarmTopic(this, config);
    const alarms = makeAlarms(this, definitions, config, this.topic);
    const dashboard = new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName: `sluice-${config.stage}`,
      widgets: dashboardWidgets(monitored, alarms),
    });
    const { region } = Stack.of(this);
    new CfnOutput(this, 'DashboardUrl', {
      description: 'The dashboard of the stage in CloudWatch',
      value: `https://console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${dashboard.dashboardName}`,
    }).overrideLogicalId('DashboardUrl');
    new CfnOutput(this, 'AlarmTopicArn', {
      value: this.topic.topicArn,
      description: 'Alarms are sent here; subscribe whoever is on call',
    }).overrideLogicalId('AlarmTopicArn');
  }
}

/** The alarms of a part of the registry, each notifying the topic when it begins and when it is over. */
export const makeAlarms = (
  scope: Construct,
  definitions: readonly AlarmDefinition[],
  config: StageConfig,
  topic: sns.ITopic,
): readonly cloudwatch.Alarm[] =>
  definitions.map((definition) => {
    const alarm = new cloudwatch.Alarm(scope, definition.id, alarmProps(definition, config));
    alarm.addAlarmAction(new SnsAction(topic));
    alarm.addOkAction(new SnsAction(topic));
    return alarm;
  });

/** A policy of its own replaces the topic's default one, so it has to let the alarms of this account in again. */
const alarmTopic = (scope: Construct, config: StageConfig): sns.Topic => {
  const topic = new sns.Topic(scope, 'Alarms', {
    displayName: `Sluice ${config.stage}`,
    enforceSSL: true,
  });
  topic.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'AlarmsOfThisAccount',
      principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  );
  if (config.alarmEmail !== undefined)
    topic.addSubscription(new EmailSubscription(config.alarmEmail));
  return topic;
};
