import { cells } from './delta-delays.ts';
import { table } from './figures.ts';
import { turnBody, turnCall, type Call, type ThreadRig } from './thread-rig.ts';

const CALLS = 200;
const RUNNING_CALLS = 30;
const RUNNING_APART_MS = 200;
const TOKENS = 1_000;

/** From a resume with a cursor in the middle to the first byte of what was missed. */
export const measureResume = async (rig: ThreadRig): Promise<string> => {
  const ended = await rig.openThread();
  const told = await (
    await rig.api('POST', `/v1/threads/${ended}/messages`, turnBody(TOKENS, 5))
  ).text();
  const cursors = [...told.matchAll(/^id: (.+)$/gm)].map(([, id]) => id ?? '');
  const cursor = cursors[Math.floor(cursors.length / 2)] ?? '';
  const again = Array.from({ length: CALLS }, () => readCall(ended, cursor));
  const afterEnd = await rig.probe({
    entry: 'read-stream',
    kind: 'streamed',
    warmUps: again.slice(0, 20),
    calls: again,
    concurrency: 1,
  });
  const running = await rig.openThread();
  const producer = rig.probe({
    entry: 'append-message',
    kind: 'streamed',
    warmUps: [],
    calls: [turnCall(running, TOKENS, 15)],
    concurrency: 1,
  });
  const first = await firstCursor(rig, running);
  const meanwhile = await rig.probe({
    entry: 'read-stream',
    kind: 'streamed',
    warmUps: again.slice(0, 20),
    calls: Array.from({ length: RUNNING_CALLS }, () => readCall(running, first)),
    concurrency: RUNNING_CALLS,
    apartMs: RUNNING_APART_MS,
  });
  await producer;
  return table(
    ['resume, to the first replayed byte, ms', 'p50', 'p99', 'samples'],
    [
      ['of an answer that is over, one after the other', ...cells(afterEnd.firstByte)],
      [
        `of a running one, each ${RUNNING_APART_MS} ms another reader who stays`,
        ...cells(meanwhile.firstByte),
      ],
    ],
  );
};

const readCall = (thread: string, cursor: string): Call => ({
  method: 'GET',
  resource: '/v1/threads/{thread_id}/stream',
  path: `/v1/threads/${thread}/stream?after=${cursor}`,
  params: { thread_id: thread },
});

/** A cursor of a run that is at work. */
const firstCursor = async (rig: ThreadRig, thread: string): Promise<string> => {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await rig.api('GET', `/v1/threads/${thread}/stream`);
    if (answer.status === 204) continue;
    const reader = (answer.body ?? new ReadableStream()).getReader();
    const { value } = await reader.read();
    await reader.cancel();
    const id = /^id: (.+)$/m.exec(new TextDecoder().decode(value))?.[1];
    if (id !== undefined) return id;
  }
  throw new Error('the run did not start');
};
