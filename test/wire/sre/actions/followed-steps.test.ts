import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GITHUB_URL } from '../../../../lambdas/sre/runbooks/plan.ts';
import type { RunbookAction } from '../../../../lambdas/sre/runbooks/runbook.ts';
import {
  REPOSITORY,
  startGithubStandIn,
  type GithubStandIn,
} from '../../../support/github-stand-in.ts';
import { RemediationDesk } from '../../../support/sre/remediation-desk.ts';
import {
  DOCUMENT,
  startSystemsManagerStandIn,
  type SystemsManagerStandIn,
} from '../../../support/systems-manager-stand-in.ts';

let github: GithubStandIn;
let systemsManager: SystemsManagerStandIn;
beforeAll(async () => {
  github = await startGithubStandIn();
  systemsManager = await startSystemsManagerStandIn();
});
beforeEach(() => {
  github.runs.length = 0;
  systemsManager.executions.length = 0;
  github.fails();
  systemsManager.fails();
});
afterAll(() => {
  github.stop();
  systemsManager.stop();
});

const HOUR_MS = 3_600_000;
const WORKFLOW: RunbookAction = {
  kind: 'github_workflow',
  baseUrl: GITHUB_URL,
  repository: REPOSITORY,
  workflow: 'restart.yml',
  ref: 'main',
  parameters: { service: '{{service}}' },
};
const AUTOMATION: RunbookAction = {
  kind: 'ssm_document',
  documentArn: DOCUMENT,
  parameters: { service: '{{service}}' },
};

const deskFor = (action: RunbookAction): RemediationDesk =>
  new RemediationDesk(action, {
    githubUrl: github.url,
    systemsManagerUrl: systemsManager.url,
  });

const KINDS = [
  {
    kind: 'a workflow',
    action: WORKFLOW,
    started: () => github.runs.length,
    ends: (isWell: boolean) =>
      github.endsAs(
        isWell
          ? { conclusion: 'success' }
          : {
              conclusion: 'failure',
              jobs: [
                { name: 'build', conclusion: 'success', steps: [] },
                {
                  name: 'restart 4111',
                  conclusion: 'failure',
                  steps: [
                    { name: 'Set up job', conclusion: 'success' },
                    { name: 'Roll the pods', conclusion: 'failure' },
                  ],
                },
              ],
            },
      ),
    well: 'The run ended as success.',
    wrong: 'The run ended as failure: restart <card>, at "Roll the pods"',
    fails: () => github.fails({ when: 'instead', answer: { status: 502, body: '<html>' } }),
  },
  {
    kind: 'a document',
    action: AUTOMATION,
    started: () => systemsManager.executions.length,
    ends: (isWell: boolean) =>
      isWell
        ? systemsManager.turnsTo('Success')
        : systemsManager.turnsTo('Failed', `Step roll fails with 4111: ${'x'.repeat(2_000)}`),
    well: 'The document ended as Success.',
    wrong: 'The document ended as Failed: Step roll fails with <card>: x',
    fails: () => systemsManager.fails({ when: 'instead', answer: { status: 500, body: '{}' } }),
  },
] as const;

describe.each(KINDS)(
  '$kind that a step started',
  ({ action, started, ends, well, wrong, fails }) => {
    test('is asked until it ends, and its end is on the timeline and the ticket, once', async () => {
      const desk = deskFor(action);
      await desk.approve();
      await desk.next();
      expect(await desk.stored()).toMatchObject({ state: 'handed_over', endedMs: null });
      await desk.next();
      await desk.next();
      expect(await desk.stored()).toMatchObject({ state: 'handed_over', following: { looks: 2 } });
      ends(true);
      const last = desk.waiting[0]?.text ?? '';
      await desk.next();
      await desk.deliver(last);
      expect(await desk.stored()).toMatchObject({ state: 'succeeded', result: well });
      expect(await desk.onTicket()).toMatchObject([{ state: 'succeeded', result: well }]);
      expect(await desk.told()).toEqual([
        expect.stringContaining('waits for approval'),
        expect.stringContaining('is approved'),
        expect.stringContaining('handed over'),
        expect.stringContaining(`succeeded. ${well}`),
      ]);
      expect([started(), desk.waiting, desk.failed]).toEqual([1, [], 0]);
    });

    test('that fails there is told with its own words, masked and bounded', async () => {
      const desk = deskFor(action);
      await desk.approve();
      await desk.next();
      ends(false);
      await desk.next();
      const { state, result } = await desk.stored();
      expect([state, result?.startsWith(wrong), desk.failed]).toEqual(['failed', true, 1]);
      expect(result?.length).toBeLessThan(500);
    });

    test('that is never over is asked for six hours, in no more than 80 looks, and not started again', async () => {
      const desk = deskFor(action);
      await desk.approve();
      const fromMs = desk.nowMs;
      let looks = 0;
      for (; desk.waiting.length > 0; looks += 1) await desk.next();
      expect(looks).toBeLessThanOrEqual(82);
      expect(desk.nowMs - fromMs).toBeGreaterThanOrEqual(6 * HOUR_MS);
      expect(await desk.stored()).toMatchObject({
        state: 'timed_out',
        result: 'It was not over after 6 hours: look there.',
      });
      expect(started()).toBe(1);
    });

    test('that cannot be asked for a while is asked again, and for too long is said to be unknown', async () => {
      const desk = deskFor(action);
      await desk.approve();
      await desk.next();
      ends(true);
      fails();
      await desk.next();
      expect(await desk.stored()).toMatchObject({ state: 'handed_over' });
      await desk.next();
      expect(await desk.stored()).toMatchObject({ state: 'succeeded' });

      const deaf = deskFor(action);
      await deaf.approve();
      await deaf.next();
      while (deaf.waiting.length > 0) {
        fails();
        await deaf.next();
      }
      expect(await deaf.stored()).toMatchObject({
        state: 'unknown',
        result: expect.stringContaining('Nobody could be asked how it ended'),
      });
    });

    test('leaves one message at a time for as long as storage refuses to write of it, and is followed to its end', async () => {
      const desk = deskFor(action);
      await desk.approve();
      await desk.next();
      await desk.next();
      desk.unwritten = 'refused';
      for (let times = 0; times < 40; times += 1) {
        await desk.next();
        expect(desk.waiting).toHaveLength(1);
      }
      desk.unwritten = null;
      await desk.next();
      ends(true);
      await desk.next();
      expect([(await desk.stored()).state, desk.waiting]).toEqual(['succeeded', []]);
    });

    test('leaves no message when storage refuses to write of it until nobody waits for it any more', async () => {
      const desk = deskFor(action);
      await desk.approve();
      const fromMs = desk.nowMs;
      await desk.next();
      desk.unwritten = 'refused';
      while (desk.waiting.length > 0) await desk.next();
      expect(desk.nowMs - fromMs).toBeLessThan(8 * HOUR_MS);
      expect(await desk.onTicket()).toMatchObject([{ state: 'unknown' }]);
    });

    test('leaves a bounded number of messages where each process dies of writing of it', async () => {
      const desk = deskFor(action);
      await desk.approve();
      await desk.next();
      desk.unwritten = 'death';
      let deliveries = 0;
      for (; desk.waiting.length > 0; deliveries += 1) {
        await desk.next();
        expect(desk.waiting.length).toBeLessThanOrEqual(6);
      }
      // Five of the look, and five of each message that one of them left.
      expect(deliveries).toBeLessThanOrEqual(30);
    });

    test('is not started again by another proposal while it runs', async () => {
      const desk = deskFor(action);
      const id = await desk.approve();
      await desk.next();
      expect(await desk.approve()).toBe(id);
      expect(started()).toBe(1);
    });
  },
);

test('a run is asked for below the address that was approved, wherever the answer leads', async () => {
  const desk = deskFor(WORKFLOW);
  github.fails({
    when: 'after',
    answer: {
      status: 200,
      body: {
        workflow_run_id: 1_000,
        run_url: 'https://elsewhere.example/steal',
        html_url: 'https://elsewhere.example/steal',
      },
    },
  });
  await desk.approve();
  await desk.next();
  await desk.next();
  expect(github.seen.at(-1)).toMatchObject({
    method: 'GET',
    path: `/repos/${REPOSITORY}/actions/runs/1000`,
  });
});
