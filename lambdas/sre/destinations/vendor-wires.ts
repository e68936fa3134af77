import type { WiresByKind } from '../ports/destinations.ts';
import { jiraInbound } from './jira/inbound.ts';
import { jiraCloudSecrets, jiraDataCenterSecrets, jiraSettings } from './jira/settings.ts';
import { jiraCloudWire, jiraDataCenterWire } from './jira/wire.ts';
import { opsgenieInbound, tokenOf } from './opsgenie/inbound.ts';
import { opsgenieSecrets, opsgenieSettings } from './opsgenie/settings.ts';
import { opsgenieWire } from './opsgenie/wire.ts';
import { pagerdutyInbound } from './pagerduty/inbound.ts';
import { pagerdutySecrets, pagerdutySettings } from './pagerduty/settings.ts';
import { pagerdutyWire } from './pagerduty/wire.ts';
import { serviceNowSecrets, serviceNowSettings } from './servicenow/settings.ts';
import { serviceNowWire } from './servicenow/wire.ts';
import { hasHeader } from './shared/signed.ts';
import { settingsProblem } from './shared/settings-problem.ts';
import { slackInbound } from './slack/inbound.ts';
import { slackSecrets, slackSettings } from './slack/settings.ts';
import { slackWire } from './slack/wire.ts';
import { zammadInbound } from './zammad/inbound.ts';
import { zammadSecrets, zammadSettings } from './zammad/settings.ts';
import { zammadWire } from './zammad/wire.ts';

/** The systems of others, by kind. */
export const VENDOR_WIRES: WiresByKind = {
  jira: {
    problem: settingsProblem(jiraSettings, jiraCloudSecrets),
    ticket: jiraCloudWire,
    inbound: {
      hasSignature: hasHeader('x-hub-signature'),
      wire: ({ secrets }) => jiraInbound(secrets['webhook_secret'], secrets['email']),
    },
  },
  jira_data_center: {
    problem: settingsProblem(jiraSettings, jiraDataCenterSecrets),
    ticket: jiraDataCenterWire,
    inbound: {
      hasSignature: hasHeader('x-hub-signature'),
      wire: ({ secrets }) => jiraInbound(secrets['webhook_secret'], undefined),
    },
  },
  opsgenie: {
    problem: settingsProblem(opsgenieSettings, opsgenieSecrets),
    ticket: opsgenieWire,
    inbound: {
      hasSignature: (request) => tokenOf(request) !== '',
      wire: ({ secrets }) => opsgenieInbound(secrets['webhook_token']),
    },
  },
  pagerduty: {
    problem: settingsProblem(pagerdutySettings, pagerdutySecrets),
    ticket: pagerdutyWire,
    inbound: {
      hasSignature: hasHeader('x-pagerduty-signature'),
      wire: ({ secrets }) => pagerdutyInbound(secrets['webhook_secret']),
    },
  },
  slack: {
    problem: settingsProblem(slackSettings, slackSecrets),
    ticket: slackWire,
    inbound: {
      hasSignature: hasHeader('x-slack-signature'),
      wire: ({ destination, secrets }) =>
        slackInbound(secrets['signing_secret'], destination.settings['channel'] ?? ''),
    },
  },
  servicenow: {
    problem: settingsProblem(serviceNowSettings, serviceNowSecrets),
    ticket: serviceNowWire,
    inbound: null,
  },
  zammad: {
    problem: settingsProblem(zammadSettings, zammadSecrets),
    ticket: zammadWire,
    inbound: {
      hasSignature: hasHeader('x-hub-signature'),
      wire: ({ secrets }) => zammadInbound(secrets['webhook_secret']),
    },
  },
};
