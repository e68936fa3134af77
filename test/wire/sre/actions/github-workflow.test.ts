import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { outbound, systemResolve } from '../../../../lambdas/platform/outbound.ts';
import { act } from '../../../../lambdas/sre/actions/act.ts';
import { planStep } from '../../../../lambdas/sre/runbooks/plan.ts';
import type { Outcome } from '../../../../lambdas/sre/runbooks/remediation.ts';
import {
  GITHUB_READ_TOKEN,
  GITHUB_TOKEN,
  REPOSITORY,
  startGithubStandIn,
  type GithubStandIn,
} from '../../../support/github-stand-in.ts';
import { liveIncident, runbookOf } from '../../../support/sre/runbooks.ts';

/** An Enterprise Server that is behind: what it accepts, GitHub accepts. */
let github: GithubStandIn;
beforeAll(async () => {
  github = await startGithubStandIn(true);
});
beforeEach(() => {
  github.runs.length = 0;
});
afterAll(() => github.stop());

const nobody = async () => await Promise.reject(new Error('nobody else is asked'));

const dispatched = async (
  given: { readonly workflow?: string; readonly ref?: string; readonly input?: string } = {},
  token = GITHUB_TOKEN,
): Promise<Outcome> => {
  const planned = planStep({
    remediationId: 'remediation_1',
    runbook: runbookOf(),
    step: {
      id: 'restart',
      title: 'Restart',
      action: {
        kind: 'github_workflow',
        baseUrl: github.url,
        repository: REPOSITORY,
        workflow: given.workflow ?? 'restart.yml',
        ref: given.ref ?? 'main',
        parameters: { [given.input ?? 'service']: '{{service}}' },
      },
    },
    incident: liveIncident(),
  });
  if (planned.kind === 'refused') throw new Error(planned.reason);
  const send = act({
    outbound: outbound({ isLoopbackAllowed: true, resolve: systemResolve }),
    lambda: nobody,
    systemsManager: nobody,
    region: 'eu-central-1',
    allowed: new Set(),
    mask: (text) => text,
    nowMs: Date.now,
  });
  const secrets = { github_token: token };
  return await send(planned.plan, { secrets, untilMs: Date.now() + 60_000 });
};

describe('a step that starts a workflow', () => {
  test('starts it once, with its inputs, and says where it is seen', async () => {
    expect(await dispatched()).toEqual({
      state: 'handed_over',
      result:
        'GitHub took it, and runs the workflow in its own time. It named no run, so that only its page shows the end.',
      url: `${github.url}/${REPOSITORY}/actions/workflows/restart.yml`,
    });
    expect(github.runs).toEqual([
      {
        id: 1_000,
        workflow: 'restart.yml',
        ref: 'main',
        inputs: { service: 'checkout' },
        end: null,
      },
    ]);
  });

  test.each([
    [{ ref: 'gone' }, GITHUB_TOKEN, 'It answered 422: No ref found for: gone'],
    [{ input: 'other' }, GITHUB_TOKEN, 'It answered 422: Unexpected inputs provided: ["other"]'],
    [{ workflow: 'gone.yml' }, GITHUB_TOKEN, 'It answered 404: Not Found'],
    [
      { workflow: 'build.yml' },
      GITHUB_TOKEN,
      "It answered 422: Workflow does not have 'workflow_dispatch' trigger",
    ],
    [{}, 'github_pat_wrong', 'It answered 401: Bad credentials'],
    [{}, GITHUB_READ_TOKEN, 'It answered 403: Resource not accessible by personal access token'],
  ])(
    '%j by %s is refused in the words of GitHub: nothing was started',
    async (given, token, result) => {
      expect(await dispatched(given, token)).toMatchObject({ state: 'failed', result });
      expect(github.runs).toEqual([]);
    },
  );

  test('whose answer is lost behind it is unknown, and is not asked for again', async () => {
    for (const answer of ['cut', { status: 502, body: '<html>' }] as const) {
      github.runs.length = 0;
      github.fails({ when: 'after', answer });
      expect(await dispatched()).toMatchObject({ state: 'unknown' });
      expect(github.runs).toHaveLength(1);
    }
  });
});
