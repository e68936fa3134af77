/**
 * Drives each stand-in of a destination, and of what steps of runbooks call, by the client that its vendor or its users publish, unmodified. What such a
 * client cannot drive is not that vendor, and what our own wires prove against it would be nothing.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { slackInbound } from '../lambdas/sre/destinations/slack/inbound.ts';
import {
  GITHUB_READ_TOKEN,
  GITHUB_TOKEN,
  REPOSITORY,
  startGithubStandIn,
} from '../test/support/github-stand-in.ts';
import { JIRA_EMAIL, JIRA_TOKEN, startJiraStandIn } from '../test/support/jira-stand-in.ts';
import { OPSGENIE_KEY, startOpsgenieStandIn } from '../test/support/opsgenie-stand-in.ts';
import { ROUTING_KEY, startPagerdutyStandIn } from '../test/support/pagerduty-stand-in.ts';
import {
  SERVICENOW_PASSWORD,
  SERVICENOW_USER,
  startServiceNowStandIn,
} from '../test/support/servicenow-stand-in.ts';
import {
  BOT_TOKEN,
  CHANNEL,
  OTHER_CHANNEL,
  startSlackStandIn,
} from '../test/support/slack-stand-in.ts';
import type { StandIn } from '../test/support/stand-in.ts';
import { DOCUMENT, startSystemsManagerStandIn } from '../test/support/systems-manager-stand-in.ts';
import { startZammadStandIn, ZAMMAD_GROUP, ZAMMAD_TOKEN } from '../test/support/zammad-stand-in.ts';
import { clientEnvironment, pythonWithClients } from './python-tools.ts';

interface Drive {
  readonly client: string;
  readonly script: string;
  readonly start: () => Promise<StandIn>;
  readonly secrets: readonly string[];
  /** What its output says of us; null: nothing is wrong. */
  readonly check?: (output: string) => string | null;
}

/** What it starts is over when it was looked at once. */
const endingByItself =
  (start: () => Promise<StandIn & { endsByItself(): void }>): Drive['start'] =>
  async () => {
    const standIn = await start();
    standIn.endsByItself();
    return standIn;
  };

/** What slack_sdk signs, our own reader believes. */
const slackSignature = (output: string): string | null => {
  const reading = slackInbound('slack-signing-secret', 'C0123456').read({
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': '1796032800',
      'x-slack-signature': output.trim(),
    },
    query: {},
    body: Buffer.from('payload=%7B%22type%22%3A%22block_actions%22%7D'),
    nowMs: 1_796_032_800_000,
  });
  return reading.kind === 'read' ? null : `its signature ${output.trim()} is not believed`;
};

/** For the one client that accepts no other address than https. */
const folder = mkdtempSync(join(tmpdir(), 'destinations-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const certFile = join(folder, 'cert.pem');
const keyFile = join(folder, 'key.pem');
const made = spawnSync(
  'openssl',
  `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout ${keyFile} -out ${certFile}`.split(
    ' ',
  ),
  { encoding: 'utf8' },
);
if (made.status !== 0) throw new Error(`openssl is missing, or failed: ${made.stderr}`);
const certificate = { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };

const DRIVES: readonly Drive[] = [
  {
    client: 'pagerduty',
    script: 'pagerduty_events',
    start: async () => await startPagerdutyStandIn(certificate),
    secrets: [ROUTING_KEY],
  },
  {
    client: 'slack_sdk',
    script: 'slack_bot',
    start: startSlackStandIn,
    secrets: [BOT_TOKEN, CHANNEL, OTHER_CHANNEL],
    check: slackSignature,
  },
  {
    client: 'jira, of Cloud',
    script: 'jira_cloud',
    start: async () => await startJiraStandIn('cloud'),
    secrets: [JIRA_EMAIL, JIRA_TOKEN],
  },
  {
    client: 'jira, of Data Center',
    script: 'jira_data_center',
    start: async () => await startJiraStandIn('data center'),
    secrets: [JIRA_TOKEN],
  },
  {
    client: 'opsgenie-sdk',
    script: 'opsgenie_alerts',
    start: startOpsgenieStandIn,
    secrets: [OPSGENIE_KEY],
  },
  {
    client: 'pysnow',
    script: 'servicenow_table',
    start: startServiceNowStandIn,
    secrets: [SERVICENOW_USER, SERVICENOW_PASSWORD],
  },
  {
    client: 'zammad_py',
    script: 'zammad_tickets',
    start: startZammadStandIn,
    secrets: [ZAMMAD_TOKEN, ZAMMAD_GROUP],
  },
  {
    client: 'PyGithub',
    script: 'github_workflows',
    start: endingByItself(startGithubStandIn),
    secrets: [GITHUB_TOKEN, GITHUB_READ_TOKEN, REPOSITORY],
  },
  {
    client: 'boto3',
    script: 'systems_manager',
    start: endingByItself(startSystemsManagerStandIn),
    secrets: [DOCUMENT],
  },
];

const FOLDER = 'test/destinations';

/** null, or why the client could not drive it. */
const drive = async (
  python: string,
  { script, start, secrets, check }: Drive,
): Promise<string | null> => {
  const standIn = await start();
  try {
    const child = spawn(
      python,
      ['-W', 'ignore', join(FOLDER, `${script}.py`), standIn.url, ...secrets],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...clientEnvironment(), SSL_CERT_FILE: certFile },
      },
    );
    const [output, errors, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    return code === 0 ? (check?.(output) ?? null) : errors.trim();
  } finally {
    standIn.stop();
  }
};

const python = pythonWithClients(FOLDER, 'destination-clients');
if (python.kind === 'missing') {
  console.error(
    `The clients of destinations are in Python, and nothing was tested: ${python.reason}.`,
  );
  process.exitCode = 2;
} else {
  for (const one of DRIVES) {
    const problem = await drive(python.path, one);
    console.log(`${problem === null ? 'drives its stand-in' : 'FAILED'}  ${one.client}`);
    if (problem === null) continue;
    console.error(problem);
    process.exitCode = 1;
  }
}
