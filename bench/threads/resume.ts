import * as z from 'zod';
import type { Figures, Group, Rig } from '../kit/compare.ts';
import { repeat, turnBody, turnCall, type Call } from '../kit/events.ts';
import type { Probed, Side } from '../kit/side.ts';
import { openThreads } from './open-threads.ts';
import { startResumableStream } from './resumable-stream.ts';

const CALLS = 200;
const RUNNING_CALLS = 120;
const WARM_UPS = 20;
const READERS = 30;
const APART_MS = 200;
const TOKENS = 1_000;
const EVERY_MS = 15;
/** A reader lets go 10 s before its function's end: this one does so at once. */
const SHORT_MS = 10_050;
const GOAL = [{ max: 50 }];

/** From a resume with a cursor in the middle to the first byte of what was missed. */
export const resume: Group = {
  name: 'resume',
  about: 'coming back to an answer, beside resumable-stream',
  mode: 'stack',
  rounds: 1,
  isOnlyNamed: true,
  rows: [
    { key: 'endedP50', what: 'resume of an answer that is over, p50, ms', digits: 1 },
    { key: 'endedP99', what: 'resume of an answer that is over, p99, ms', digits: 1, goals: GOAL },
    {
      key: 'aloneP50',
      what: `resume of a running one, ${READERS} readers elsewhere, p50, ms`,
      digits: 1,
    },
    {
      key: 'aloneP99',
      what: `resume of a running one, ${READERS} readers elsewhere, p99, ms`,
      digits: 1,
      goals: GOAL,
    },
    {
      key: 'togetherP50',
      what: `resume of a running one, ${READERS} readers in one process, p50, ms`,
      digits: 1,
    },
    {
      key: 'togetherP99',
      what: `resume of a running one, ${READERS} readers in one process, p99, ms`,
      digits: 1,
    },
    { key: 'reads', what: 'a reader who stays, reads a second', digits: 1 },
    { key: 'units', what: 'a reader who stays, read units a second', digits: 1 },
    { key: 'cpu', what: `a reader who stays, one of ${READERS}, CPU a second, ms`, digits: 1 },
  ],
  contenders: async (rig) => {
    const peer = await startResumableStream(rig.upstream);
    return [
      ...rig.sides.map((side) => ({
        name: side.name,
        measure: async () => await measure(rig, side),
      })),
      ...(peer === null
        ? []
        : [
            {
              name: peer.name,
              measure: async () => {
                const { found } = await peer.run({
                  streams: 1,
                  tokens: 200,
                  everyMs: 50,
                  resumes: 50,
                });
                const { p50, p99 } = found.firstByte;
                return { aloneP50: p50 ?? Number.NaN, aloneP99: p99 ?? Number.NaN };
              },
              stop: peer.stop,
            },
          ]),
    ];
  },
};

const measure = async ({ isQuick }: Rig, side: Side): Promise<Figures> => {
  const readers = isQuick ? 5 : READERS;
  const { call, cursor } = await endedCall(side);
  const read = { entry: 'read-stream', kind: 'streamed', concurrency: 1 } as const;
  const warmUps = repeat(WARM_UPS, call(cursor));
  const ended = await side.probe({
    ...read,
    warmUps,
    calls: repeat(isQuick ? 20 : CALLS, call(cursor)),
  });
  const alone = await whileRunning(side, async (again) => {
    // The others are in a process of their own, and so is the one that is counted.
    const others = staying(side, readers, warmUps, again);
    const counted = side.probe({ ...read, warmUps: [], calls: [again], isMetered: true });
    const measured = await side.probe({
      ...read,
      warmUps,
      calls: repeat(isQuick ? 20 : RUNNING_CALLS, again),
      remainingMs: SHORT_MS,
    });
    return { measured, counted: await counted, others: await others };
  });
  const together = await whileRunning(
    side,
    async (again) => await staying(side, readers, warmUps, again),
  );
  const perSecond = (sum: number, { total }: Probed): number => (sum / (total.p50 ?? 1)) * 1_000;
  const reads = alone.consumed.filter(({ table, isRead }) => isRead && table.includes('Chunks'));
  const units = reads.reduce((sum, one) => sum + one.units, 0);
  return {
    endedP50: ended.firstByte.p50 ?? Number.NaN,
    endedP99: ended.firstByte.p99 ?? Number.NaN,
    aloneP50: alone.measured.firstByte.p50 ?? Number.NaN,
    aloneP99: alone.measured.firstByte.p99 ?? Number.NaN,
    togetherP50: together.firstByte.p50 ?? Number.NaN,
    togetherP99: together.firstByte.p99 ?? Number.NaN,
    reads: perSecond(reads.length, alone.counted),
    units: perSecond(units, alone.counted),
    cpu: perSecond(together.cpuMs / readers, together),
  };
};

/** Readers who come one after the other and stay to the end, all in one process. */
const staying = async (
  side: Side,
  readers: number,
  warmUps: readonly Call[],
  call: Call,
): Promise<Probed> =>
  await side.probe({
    entry: 'read-stream',
    kind: 'streamed',
    warmUps,
    calls: repeat(readers, call),
    concurrency: readers,
    apartMs: APART_MS,
  });

/** An answer that is over, and a place in its middle. */
const endedCall = async (side: Side) => {
  const [thread = ''] = await openThreads(side, 1);
  const body = turnBody(TOKENS, 5);
  const answer = await (await side.api('POST', `/v1/threads/${thread}/messages`, body)).text();
  const cursors = [...answer.matchAll(/^id: (.+)$/gm)].map(([, id]) => id ?? '');
  const cursor = cursors[Math.floor(cursors.length / 2)] ?? '';
  return { cursor, call: (after: string) => readCall(thread, after) };
};

/** What is measured while a run is at work whose producer is a process of its own. */
const whileRunning = async <T>(side: Side, measured: (again: Call) => Promise<T>) => {
  const [thread = ''] = await openThreads(side, 1);
  const producer = side.probe({
    entry: 'append-message',
    kind: 'streamed',
    warmUps: [],
    calls: [turnCall(thread, TOKENS, EVERY_MS)],
    concurrency: 1,
  });
  const again = readCall(thread, await firstCursor(side, thread));
  side.meter.take();
  const found = await measured(again);
  await producer;
  return { ...found, consumed: side.meter.take() };
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
const firstCursor = async (side: Side, thread: string): Promise<string> => {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await side.api('GET', `/v1/threads/${thread}/messages`);
    const { data } = streaming.parse(await answer.json());
    const cursor = data.map((row) => row.resume_cursor).find((text) => text != null);
    if (cursor != null) return cursor;
  }
  throw new Error('the run did not start');
};
