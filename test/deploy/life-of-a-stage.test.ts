import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/stack.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { deploy, deployAgain, destroyService } from './support/cdk.ts';
import { changedProject } from './support/changed-project.ts';
import { output, runOutput } from './support/deployed.ts';
import { mustRun, words } from './support/run.ts';
import { caller, COST_MICROS, deployment, type Caller, type KeyView } from './support/stage.ts';

const CALLS_AT_ONCE = 3;
/** Deadline of a buffered call, its margin, the minute of the sweeper, and some time to do it. */
const HOLD_ENDS_WITHIN_MS = 19_000 + 60_000 + 60_000 + 30_000;
/** More than any of these calls is held at, which is the dearest tier that its provider may choose; less than two of them. */
const HOLD_MICROS_MAX = 150;

let upstream: Upstream;
/** Lives through everything that follows. */
let lasting: KeyView;
/** Its calls run while functions are replaced. */
let busy: KeyView;
let talker: KeyView;
/** Its turns run while functions are replaced. */
let busyThread = '';
let turns = 0;
let answered = 0;
let killed = 0;

beforeAll(async () => {
  upstream = await startUpstream();
  const { mint, chat, openThread } = await caller();
  lasting = await mint();
  busy = await mint();
  talker = await mint();
  busyThread = await openThread(talker.secret);
  expect((await chat(lasting.secret, 'hi')).status).toBe(200);
});
afterAll(() => upstream.stop());

const expectLasting = async ({ own, chat }: Caller): Promise<void> => {
  const before = await own(lasting.secret);
  expect(before).toMatchObject({ id: lasting.id, held_micros: 0 });
  expect(before.spent_micros).toBeGreaterThan(0);
  expect((await chat(lasting.secret, 'hi')).status).toBe(200);
  const after = await own(lasting.secret);
  expect(after.spent_micros - before.spent_micros).toBeGreaterThanOrEqual(Math.floor(COST_MICROS));
};

test('deployed again without a change, nothing changes', async () => {
  const { status, output: text } = await deploy(deployment);
  expect(status, text).toBe(0);
  expect(text.match(/\(no changes\)/g), text).toHaveLength(3);
});

test('a new version takes over in the middle of running calls: each is answered whole or fails, and keys and spend stay', async () => {
  const user = await caller();
  const project = changedProject(deployment.folder, {
    file: 'lambdas/platform/http-entry.ts',
    from: "'x-request-id': request.requestId,",
    to: "'x-request-id': request.requestId, 'x-version': 'second',",
  });
  const deploying = { isOver: false };
  const callOnAndOn = async (): Promise<void> => {
    while (!deploying.isOver) {
      const answer = await user.chat(busy.secret, 'slow');
      const isWhole = (await answer.text()).includes('[DONE]');
      expect(isWhole).toBe(answer.status === 200);
      if (isWhole) answered += 1;
      else killed += 1;
    }
  };
  const talkOnAndOn = async (): Promise<void> => {
    while (!deploying.isOver) {
      await (await user.turn(talker.secret, busyThread, 'slow')).text();
      turns += 1;
    }
  };
  const calls = [...Array.from({ length: CALLS_AT_ONCE }, callOnAndOn), talkOnAndOn()];
  const { status, output: text } = await deploy({ ...deployment, project });
  deploying.isOver = true;
  await Promise.all(calls);
  expect(status, text).toBe(0);
  expect(answered).toBeGreaterThan(0);
  expect((await user.request('GET', '/health', '')).headers.get('x-version')).toBe('second');
  await expectLasting(user);
});

test('a function that throws when it starts fails alone and costs nothing, and a deployment heals it', async () => {
  const user = await caller();
  const project = changedProject(deployment.folder, {
    file: 'lambdas/gateway/chat-completions.lambda.ts',
    from: 'const { env, inference } = wireGateway();',
    to: "const { env, inference } = wireGateway();\nif (env.STAGE !== '') throw new Error('planted');",
  });
  const broken = await deploy({ ...deployment, project });
  expect(broken.status, broken.output).toBe(0);
  const before = await user.own(lasting.secret);
  expect((await user.chat(lasting.secret, 'hi')).status).toBeGreaterThanOrEqual(500);
  expect(await user.own(lasting.secret)).toMatchObject({
    spent_micros: before.spent_micros,
    held_micros: 0,
  });
  expect((await user.request('GET', '/v1/keys', user.adminKey)).status).toBe(200);
  const healed = await deployAgain(deployment);
  expect(healed.status, healed.output).toBe(0);
  await expectLasting(user);
});

test('a call that a deployment killed ends by itself: its hold is charged once, and no money stays held', async () => {
  const { own } = await caller();
  await eventually(
    async () => expect((await own(busy.secret)).held_micros).toBe(0),
    HOLD_ENDS_WITHIN_MS,
  );
  const { spent_micros: spentMicros } = await own(busy.secret);
  expect(spentMicros).toBeGreaterThanOrEqual(Math.floor(answered * COST_MICROS));
  expect(spentMicros).toBeLessThanOrEqual(answered * COST_MICROS + killed * HOLD_MICROS_MAX + 1);
});

test('a turn that a deployment killed ends by itself, and its thread goes on', async () => {
  const { messages, turn, own } = await caller();
  expect(turns).toBeGreaterThan(0);
  await eventually(async () => {
    const open = (await messages(talker.secret, busyThread)).filter(({ status }) =>
      ['queued', 'streaming'].includes(status),
    );
    expect(open).toEqual([]);
    expect((await own(talker.secret)).held_micros).toBe(0);
  }, HOLD_ENDS_WITHIN_MS);
  const before = await messages(talker.secret, busyThread);
  // A buffered answer ends with its 29 s, and a slow machine may need more: the next turn goes on behind it.
  await eventually(async () => {
    const answer = await turn(talker.secret, busyThread, 'hi');
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('word0')]);
    const after = await messages(talker.secret, busyThread);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.at(-1)).toMatchObject({ role: 'assistant', status: 'complete' });
  });
});

test('the Service stack goes and comes back: tables, secrets and buckets remain, with every key and its spend', async () => {
  const { adminKey, own } = await caller();
  const before = await own(lasting.secret);
  const destroyed = await destroyService(deployment);
  expect(destroyed.status, destroyed.output).toBe(0);
  const tables = await mustRun('aws', words('dynamodb list-tables --output text'));
  for (const table of ['KeysTable', 'UsageTable', 'ThreadsTable', 'ChunksTable'])
    expect(tables).toContain(`Sluice-${deployment.stage}-State-${table}`);
  const bucket = output(deployment, 'FailedRecordsBucketName');
  await mustRun('aws', words(`s3api head-bucket --bucket ${bucket}`));
  expect(await runOutput(deployment, 'AdminKeyCommand')).toBe(adminKey);
  const again = await deployAgain(deployment);
  expect(again.status, again.output).toBe(0);
  const user = await caller();
  expect(user.adminKey).toBe(adminKey);
  expect(await user.own(lasting.secret)).toMatchObject({ spent_micros: before.spent_micros });
  await expectLasting(user);
});
