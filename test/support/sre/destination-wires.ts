import { jiraCloudWire, jiraDataCenterWire } from '../../../lambdas/sre/destinations/jira/wire.ts';
import { opsgenieWire } from '../../../lambdas/sre/destinations/opsgenie/wire.ts';
import { serviceNowWire } from '../../../lambdas/sre/destinations/servicenow/wire.ts';
import { zammadWire } from '../../../lambdas/sre/destinations/zammad/wire.ts';
import { pagerdutyWire } from '../../../lambdas/sre/destinations/pagerduty/wire.ts';
import type { WireParts } from '../../../lambdas/sre/ports/destinations.ts';
import type { TicketWire } from '../../../lambdas/sre/tickets/ticket-wire.ts';
import { slackWire } from '../../../lambdas/sre/destinations/slack/wire.ts';
import { BOT_TOKEN, CHANNEL } from '../slack-stand-in.ts';
import { ROUTING_KEY } from '../pagerduty-stand-in.ts';
import { partsOf } from './tickets.ts';

/** Each wire with what makes one: tests of what all of them promise run over these. */
export const WIRES_UNDER_TEST: readonly {
  readonly name: string;
  readonly parts: WireParts;
  readonly wire: (parts: WireParts) => TicketWire;
}[] = [
  {
    name: 'pagerduty',
    parts: partsOf('pagerduty', {}, { routing_key: ROUTING_KEY }),
    wire: pagerdutyWire,
  },
  {
    name: 'slack',
    parts: partsOf('slack', { channel: CHANNEL }, { bot_token: BOT_TOKEN }),
    wire: slackWire,
  },
  {
    name: 'jira',
    parts: partsOf(
      'jira',
      { url: 'https://shop.atlassian.net', project: 'OPS' },
      { email: 'sluice@example.com', api_token: 'jira-token-0123456789' },
    ),
    wire: jiraCloudWire,
  },
  {
    name: 'jira_data_center',
    parts: partsOf(
      'jira_data_center',
      { url: 'https://jira.example.com/base', project: 'OPS' },
      { token: 'jira-token-0123456789' },
    ),
    wire: jiraDataCenterWire,
  },
  {
    name: 'opsgenie',
    parts: partsOf('opsgenie', {}, { api_key: '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9' }),
    wire: opsgenieWire,
  },
  {
    name: 'servicenow',
    parts: partsOf(
      'servicenow',
      { url: 'https://shop.service-now.com' },
      { username: 'sluice.bot', password: 'servicenow-password' },
    ),
    wire: serviceNowWire,
  },
  {
    name: 'zammad',
    parts: partsOf(
      'zammad',
      { url: 'https://zammad.example.com', group: 'Ops', customer: 'oncall@example.com' },
      { token: 'zammad-token-0123456789' },
    ),
    wire: zammadWire,
  },
];
