import * as z from 'zod';
import { LATER_WINDOW_MS } from '../lambdas/threads/domain/limits.ts';
import { cells } from './delta-delays.ts';
import { shown, table } from './figures.ts';
import { turnBody, turnCall, type Call, type Probed, type ThreadRig } from './thread-rig.ts';

const CALLS = 200;
const RUNNING_CALLS = 120;
const WARM_UPS = 20;
const READERS = 30;
const APART_MS = 200;
const TOKENS = 1_000;
const EVERY_MS = 15;
/** A reader lets go 10 s before its function's end: this one does so at once. */
const SHORT_MS = 10_050;

/** From a resume with a cursor in the middle to the first byte of what was missed. */
export const measureResume = async (rig: ThreadRig): Promise<string> => {
  const { call, cursor } = await endedCall(rig);
  const read = { entry: 'read-stream', kind: 'streamed', concurrency: 1 } as const;
  const warmUps = Array.from({ length: WARM_UPS }, () => call(cursor));
  const afterEnd = await rig.probe({
    ...read,
    warmUps,
    calls: Array.from({ length: CALLS }, () => call(cursor)),
  });
  const alone = await whileRunning(rig, async (again) => {
    // The others are in a process of their own, and so is the one that is counted.
    const others = staying(rig, warmUps, again);
    const counted = rig.probe({ ...read, warmUps: [], calls: [again], isMetered: true });
    const measured = await rig.probe({
      ...read,
      warmUps,
      calls: Array.from({ length: RUNNING_CALLS }, () => again),
      remainingMs: SHORT_MS,
    });
    return { measured, counted: await counted, others: await others };
  });
  const together = await whileRunning(rig, async (again) => await staying(rig, warmUps, again));
  const times = table(
    ['resume, to the first replayed byte, ms', 'p50', 'p99', 'samples'],
    [
      ['of an answer that is over, one after the other', ...cells(afterEnd.firstByte)],
      [
        `of a running one, one after the other; ${READERS} readers stay elsewhere`,
        ...cells(alone.measured.firstByte),
      ],
      [
        `of a running one, each ${APART_MS} ms another reader who stays in the same process`,
        ...cells(together.firstByte),
      ],
    ],
  );
  const perSecond = (sum: number, { total }: Probed): string =>
    shown((sum / (total.p50 ?? 1)) * 1_000, 1);
  const reads = alone.consumed.filter(({ table: of, isRead }) => isRead && of.includes('Chunks'));
  const units = reads.reduce((sum, one) => sum + one.units, 0);
  const per = table(
    ['a reader who stays, each second', 'reads', 'read units', `CPU, one of ${READERS}, ms`],
    [
      [
        `while puts come ${LATER_WINDOW_MS} ms apart`,
        perSecond(reads.length, alone.counted),
        perSecond(units, alone.counted),
        perSecond(together.cpuMs / READERS, together),
      ],
    ],
  );
  return `${times}\n\n${per}`;
};

/** Readers who come one after the other and stay to the end, all in one process. */
const staying = async (rig: ThreadRig, warmUps: readonly Call[], call: Call): Promise<Probed> =>
  await rig.probe({
    entry: 'read-stream',
    kind: 'streamed',
    warmUps,
    calls: Array.from({ length: READERS }, () => call),
    concurrency: READERS,
    apartMs: APART_MS,
  });

/** An answer that is over, and a place in its middle. */
const endedCall = async (rig: ThreadRig) => {
  const thread = await rig.openThread();
  const told = await (
    await rig.api('POST', `/v1/threads/${thread}/messages`, turnBody(TOKENS, 5))
  ).text();
  const cursors = [...told.matchAll(/^id: (.+)$/gm)].map(([, id]) => id ?? '');
  const cursor = cursors[Math.floor(cursors.length / 2)] ?? '';
  return { cursor, call: (after: string) => readCall(thread, after) };
};

/** What is measured while a run is at work whose producer is a process of its own. */
const whileRunning = async <T>(rig: ThreadRig, measure: (again: Call) => Promise<T>) => {
  const thread = await rig.openThread();
  const producer = rig.probe({
    entry: 'append-message',
    kind: 'streamed',
    warmUps: [],
    calls: [turnCall(thread, TOKENS, EVERY_MS)],
    concurrency: 1,
  });
  const again = readCall(thread, await firstCursor(rig, thread));
  rig.meter.take();
  const measured = await measure(again);
  await producer;
  return { ...measured, consumed: rig.meter.take() };
};

const readCall = (thread: string, cursor: string): Call => ({
  method: 'GET',
  resource: '/v1/threads/{thread_id}/stream',
  path: `/v1/threads/${thread}/stream?after=${cursor}`,
  params: { thread_id: thread },
});

const streaming = z.object({
  data: z.array(z.looseObject({ resume_cursor: z.string().nullish() })),
});

/** A cursor of a run that is at work, from its history: a reader who left would read on, and be counted. */
const firstCursor = async (rig: ThreadRig, thread: string): Promise<string> => {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await rig.api('GET', `/v1/threads/${thread}/messages`);
    const { data } = streaming.parse(await answer.json());
    const cursor = data.map((row) => row.resume_cursor).find((text) => text != null);
    if (cursor != null) return cursor;
  }
  throw new Error('the run did not start');
};
