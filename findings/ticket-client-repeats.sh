#!/usr/bin/env bash
# Four of seven ticket clients send a create again when its answer is lost, and open two
#
# Software: PyPI jira 3.10.5, slack_sdk 3.48.0, opsgenie-sdk 2.1.5, atlassian-python-api 5.0.5, zammad_py 3.2.1; npm
#   @slack/web-api 8.2.0, jira.js 5.4.0.
# Expected: a POST is not idempotent (RFC 9110, 9.2.2), so a client does not repeat it on its own when the connection breaks
#   after the request was sent, unless a key makes the repeat harmless.
# Happens: jira, slack_sdk, opsgenie-sdk and @slack/web-api send the same body again, with no key in it. A server that
#   handled the first one, and whose answer was lost, has two issues or two messages. The other three raise.
# Matters: exactly one ticket for an incident needs a marker that the next attempt looks for, and retries in one place. A
#   client library that repeats below it undoes that.
. "${BASH_SOURCE%/*}/lab.bash"
npm_install jira.js@5.4.0 @slack/web-api@8.2.0
pip_install jira==3.10.5 slack_sdk==3.48.0 opsgenie-sdk==2.1.5 atlassian-python-api==5.0.5 zammad_py==3.2.1

cat >probe.py <<'END'
import sys
name, url = sys.argv[1:]
fields = {"summary": "Disk full", "project": {"key": "OPS"}, "issuetype": {"name": "Bug"}}
if name == "jira":
    from jira import JIRA
    JIRA(server=url, basic_auth=("ann", "secret")).create_issue(fields=fields, prefetch=False)
if name == "slack_sdk":
    from slack_sdk import WebClient
    WebClient(token="token", base_url=f"{url}/").chat_postMessage(channel="ops", text="Disk full")
if name == "opsgenie-sdk":
    import opsgenie_sdk as opsgenie
    settings = opsgenie.Configuration()
    settings.host, settings.api_key["Authorization"] = url, "key"
    alerts = opsgenie.AlertApi(opsgenie.ApiClient(configuration=settings))
    alerts.create_alert(opsgenie.CreateAlertPayload(message="Disk full"))
if name == "atlassian-python-api":
    from atlassian import Jira
    Jira(url=url, username="ann", password="secret").create_issue(fields=fields)
if name == "zammad_py":
    from zammad_py import ZammadAPI
    ZammadAPI(url=f"{url}/", username="ann", password="secret").ticket.create(params={"title": "Disk full"})
END
cat >probe.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { WebClient } from '@slack/web-api';
import { Version3Client } from 'jira.js';

const answer = JSON.stringify({ ok: true, id: '1', key: 'OPS-1', versionNumbers: [9, 0, 0], requestId: 'r' });
const python = (name) => [name, (url) =>
  once(spawn('python/bin/python', ['probe.py', name, url], { stdio: 'ignore' }), 'exit')];
const clients = [
  ...['jira', 'slack_sdk', 'opsgenie-sdk', 'atlassian-python-api', 'zammad_py'].map(python),
  ['@slack/web-api', (url) => new WebClient('token', { slackApiUrl: `${url}/`, logLevel: 'error' })
    .chat.postMessage({ channel: 'ops', text: 'Disk full' })],
  ['jira.js', (host) => new Version3Client({ host, authentication: { basic: { email: 'ann@example.com', apiToken: 't' } } })
    .issues.createIssue({ fields: { summary: 'Disk full' } })],
];
for (const [name, create] of clients) {
  const bodies = [];
  const server = createServer(async (request, response) => {
    if (request.method === 'POST' && bodies.push(await text(request)) === 1) request.socket.destroy();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await create(`http://127.0.0.1:${server.address().port}`).catch(() => undefined);
  console.log(`${name}: ${bodies.length} sent, ${new Set(bodies).size} body`);
  server.close();
  server.closeAllConnections();
}
END
holds "$(node probe.mjs)" <<'END'
jira: 2 sent, 1 body
slack_sdk: 2 sent, 1 body
opsgenie-sdk: 2 sent, 1 body
atlassian-python-api: 1 sent, 1 body
zammad_py: 1 sent, 1 body
@slack/web-api: 2 sent, 1 body
jira.js: 1 sent, 1 body
END
