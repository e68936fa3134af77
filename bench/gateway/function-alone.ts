import { BEFORE, ofBuilds, type Group } from '../kit/compare.ts';
import { chatBody, repeat, route } from '../kit/events.ts';
import { median } from '../kit/figures.ts';
import { runProgram } from '../kit/processes.ts';
import { loadResult } from '../probes/load-plan.ts';
import { measureWrites } from './writes.ts';

const CHAT = '/v1/chat/completions';
const CALLS = 300;
const WARM_UPS = 300;
const AT_ONCE = 16;
const CALLS_AT_ONCE = 900;
const WRITE_BATCHES = 20;

/** The hot path without any HTTP server in front: what Lambda runs and bills. */
export const functionAlone: Group = {
  name: 'function',
  about: 'chat-completions alone, as Lambda runs it',
  mode: 'functions',
  rounds: 3,
  rows: [
    {
      key: 'wholeCpu',
      what: `chat-completions alone, CPU a call at ${AT_ONCE} at once, no stream, ms`,
      goals: [{ max: 0.65, of: BEFORE }],
    },
    {
      key: 'streamCpu',
      what: `chat-completions alone, CPU a call at ${AT_ONCE} at once, stream, ms`,
      goals: [{ max: 0.65, of: BEFORE }],
    },
    {
      key: 'whole',
      what: 'chat-completions alone, added p50, no stream, ms',
      goals: [{ max: 0.7, of: BEFORE }],
    },
    {
      key: 'wholeLess',
      what: "chat-completions alone, added p50 less the ledger's two round trips, ms",
      goals: [{ max: 1 }],
    },
    {
      key: 'first',
      what: 'chat-completions alone, added p50 to the first byte of a stream, one write inside, ms',
      goals: [{ max: 3 }],
    },
  ],
  contenders: ofBuilds(async (side, { upstream, isQuick }) => {
    const size = (count: number): number => (isQuick ? count / 10 : count);
    const call = (isStream: boolean) => route('POST', CHAT, chatBody(isStream));
    const run = async (isStream: boolean, concurrency: number, calls: number) =>
      await side.probe({
        entry: 'chat-completions',
        kind: 'streamed',
        warmUps: repeat(size(WARM_UPS), call(isStream)),
        calls: repeat(size(calls), call(isStream)),
        concurrency,
      });
    const direct = async (isStream: boolean) =>
      loadResult.parse(
        await runProgram('bench/probes/load.ts', {
          url: `${upstream}${CHAT}`,
          headers: { 'content-type': 'application/json' },
          keys: ['none'],
          body: JSON.stringify(chatBody(isStream)),
          concurrency: 1,
          warmUps: size(WARM_UPS),
          calls: size(CALLS),
        }),
      );
    const directWholeMs = median((await direct(false)).totalMs);
    const wholeMs = (await run(false, 1, CALLS)).total.p50 ?? Number.NaN;
    const directFirstMs = median((await direct(true)).firstByteMs);
    const firstMs = (await run(true, 1, CALLS)).firstByte.p50 ?? Number.NaN;
    const { hold, settle } = await measureWrites(side, size(WRITE_BATCHES));
    return {
      whole: wholeMs - directWholeMs,
      wholeLess: wholeMs - directWholeMs - hold.p50Ms - settle.p50Ms,
      first: firstMs - directFirstMs,
      wholeCpu: (await run(false, AT_ONCE, CALLS_AT_ONCE)).cpuMs / size(CALLS_AT_ONCE),
      streamCpu: (await run(true, AT_ONCE, CALLS_AT_ONCE)).cpuMs / size(CALLS_AT_ONCE),
    };
  }),
};
