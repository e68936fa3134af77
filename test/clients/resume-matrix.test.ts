import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { cutProxy, type CutProxy } from '../support/cut-proxy.ts';
import { laptopSuite } from '../support/deployed-stage.ts';
import { ownE2e } from '../support/e2e.ts';
import { startGatedUpstream, type Gate, type GatedUpstream } from '../support/gated-upstream.ts';
import { eventually } from '../support/stack.ts';
import { threadClient } from '../support/thread-client.ts';
import { startToolServer, type ToolServer } from '../support/tool-server.ts';
import { linesOf, RESUME_CLIENTS, type ResumeClient } from './resume-clients.ts';

/** Where the connection breaks, and where the model waits then. */
const CUTS = [
  'before the first token',
  'in mid-block',
  'in mid-tool',
  'at the terminal frame',
  'after the end',
] as const;
type CutName = (typeof CUTS)[number];
const PARKS = {
  'before the first token': 'start',
  'in mid-block': 'words',
  'in mid-tool': 'input',
  'at the terminal frame': 'answer',
  'after the end': 'answer',
} as const satisfies Record<CutName, string>;

/** What becomes of the producer while its reader is away, and what is stored of the message in the end. */
const PRODUCERS = ['alive', 'finished', 'failed', 'stopped', 'killed'] as const;
type ProducerName = (typeof PRODUCERS)[number];
const STATUSES = {
  alive: 'complete',
  finished: 'complete',
  failed: 'failed',
  stopped: 'cancelled',
  killed: 'incomplete',
} as const satisfies Record<ProducerName, string>;

interface Cell {
  readonly client: ResumeClient;
  readonly cut: CutName;
  readonly producer: ProducerName;
  /** Names its conversation with the provider. */
  readonly name: string;
}
const CELLS: readonly Cell[] = PRODUCERS.flatMap((producer, p) =>
  RESUME_CLIENTS.flatMap((client, c) =>
    CUTS.map((cut, k) => ({ client, cut, producer, name: `cell-${p}-${c}-${k}` })),
  ),
);

/** A cell on its way: its reader has come as far as the connection goes, the model waits. */
interface Begun {
  readonly proxy: CutProxy;
  readonly gate: Gate;
  readonly reading: Promise<readonly string[]>;
  readonly runId: () => string;
  readonly threadId: () => string;
  readonly requests: () => number;
  readonly wasCut: () => boolean;
}
interface Played {
  readonly shown: readonly string[];
  readonly stored: readonly string[];
  readonly status: string;
  /** The connection broke in mid-stream; behind the end there is only a coming back. */
  readonly isBroken: boolean;
}

const AT_ONCE = 32;
/** Ends a cell that hangs; nothing is measured by it. */
const HANG_MS = 120_000;
const row = z.looseObject({
  seq: z.number(),
  status: z.string(),
  content: z.array(z.custom<Parameters<typeof linesOf>[0][number]>()),
});
const ENDED = new Set<string>(Object.values(STATUSES));

laptopSuite('the resume matrix', 'an emulated stage buffers: nothing can be cut', () => {
  let upstream: GatedUpstream;
  let tools: ToolServer;
  const e2e = ownE2e(() => ({ OPENAI_BASE_URL: upstream.url }));
  let secret = '';
  const played = new Map<string, Promise<Played>>();

  beforeAll(async () => {
    upstream = await startGatedUpstream();
    tools = await startToolServer([{ status: 200, body: '{"output":"noon"}' }]);
    await e2e.start();
    ({ secret } = await e2e.mint({ user_id: 'ada' }));
    const tool = await e2e.admin('POST', '/v1/tools', {
      name: 'clock',
      description: 'Tells the time',
      input_schema: { type: 'object', properties: { zone: { type: 'string' } } },
      webhook_url: tools.url,
    });
    expect(tool.status).toBe(201);
    playAll();
  });
  afterAll(async () => {
    await e2e.stop();
    upstream.stop();
    tools.stop();
  });

  /** Those whose producer lives first, some at once; then all the others, as one power cut ends them all. */
  const playAll = (): void => {
    const waiting = CELLS.filter(({ producer }) => producer !== 'killed');
    const results = new Map(CELLS.map(({ name }) => [name, Promise.withResolvers<Played>()]));
    const settle = async (name: string, playing: Promise<Played>): Promise<void> =>
      await playing.then(results.get(name)?.resolve, results.get(name)?.reject);
    for (const [name, { promise }] of results) {
      promise.catch(() => undefined);
      played.set(name, promise);
    }
    const worker = async (): Promise<void> => {
      for (let cell = waiting.shift(); cell !== undefined; cell = waiting.shift())
        await settle(cell.name, playLiving(cell));
    };
    const killed = CELLS.filter(({ producer }) => producer === 'killed');
    const powerCut = Promise.withResolvers<undefined>();
    const playThem = async (): Promise<void> => {
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      const all = killed.map((cell) => ({ cell, begun: begin(cell) }));
      for (const { cell, begun } of all)
        void settle(cell.name, playKilled(cell, begun, powerCut.promise));
      await Promise.allSettled(all.map(async ({ begun }) => await begun));
      await e2e.stack.kill();
      await e2e.restart();
      powerCut.resolve(undefined);
    };
    void playThem().catch(powerCut.reject);
  };

  const begin = async ({ client, cut, name }: Cell): Promise<Begun> => {
    const ada = threadClient(e2e, secret);
    const isEnd = cut === 'at the terminal frame';
    let isCut = cut === 'after the end';
    const marks = { start: '\r\n\r\n', ...client.marks, answer: client.marks.end };
    const proxy = await cutProxy(
      e2e.stack.baseUrl,
      (connection) =>
        isCut || (connection > 0 && !isEnd) ? null : { text: marks[PARKS[cut]], more: 0 },
      { holds: true },
    );
    void proxy.wasCut.then(() => (isCut = true));
    const noted = { run: '', thread: '', requests: 0 };
    const isKnown = Promise.withResolvers<undefined>();
    const gate = upstream.gate(name);
    const reading = client.read({
      wireUrl: proxy.url,
      baseUrl: e2e.stack.baseUrl,
      secret,
      thread: await ada.open(),
      words: `${name}:${PARKS[cut]}`,
      turn: { model: 'gpt-4o-mini', max_tokens: 100, tools_mode: 'explicit', tool_ids: ['clock'] },
      runId: () => noted.run,
      fetch: async (input, init) => {
        noted.requests++;
        const answer = await fetch(input, init);
        noted.run = answer.headers.get('x-sluice-run-id') ?? noted.run;
        noted.thread = answer.headers.get('x-sluice-thread-id') ?? noted.thread;
        if (noted.run !== '') isKnown.resolve(undefined);
        return answer;
      },
    });
    reading.catch(() => undefined);
    await within(Promise.race([gate.parked, failing(reading)]), 'the model waits');
    await within(Promise.race([isKnown.promise, failing(reading)]), 'the run has its name');
    if (!isLate(cut))
      await within(Promise.race([proxy.wasCut, failing(reading)]), 'the connection breaks');
    // The wire may break before its reader has told what it heard.
    await eventually(async () => expect(await Promise.resolve(noted.run)).not.toBe(''));
    return {
      proxy,
      gate,
      reading,
      runId: () => noted.run,
      threadId: () => noted.thread,
      requests: () => noted.requests,
      wasCut: () => isCut,
    };
  };

  const playLiving = async (cell: Cell): Promise<Played> => {
    const begun = await begin(cell);
    const { proxy, gate } = begun;
    switch (cell.producer) {
      case 'alive':
        proxy.release();
        // The producer says nothing more until its reader is back.
        if (!isLate(cell.cut))
          await eventually(async () => {
            await Promise.resolve();
            expect(proxy.heardBytes.length).toBeGreaterThan(1);
          });
        gate.go('on');
        break;
      case 'stopped': {
        const stop = await e2e.api('POST', `/v1/runs/${begun.runId()}/cancel`, secret, {});
        expect(stop.ok).toBe(true);
        break;
      }
      default:
        gate.go(cell.producer === 'failed' ? 'fail' : 'on');
    }
    await endOf(begun);
    proxy.release();
    return await outcome(cell, begun);
  };

  const playKilled = async (
    cell: Cell,
    beginning: Promise<Begun>,
    powerCut: Promise<undefined>,
  ): Promise<Played> => {
    const begun = await beginning;
    await powerCut;
    begun.proxy.release();
    return await outcome(cell, begun);
  };

  const outcome = async (cell: Cell, begun: Begun): Promise<Played> => {
    const shown = await within(begun.reading, 'the reader is through');
    const stored = await endOf(begun);
    begun.proxy.stop();
    return {
      shown,
      stored: linesOf(stored.content),
      status: stored.status,
      isBroken: cell.cut === 'after the end' ? begun.requests() > 1 : begun.wasCut(),
    };
  };

  /** The message as history has it, when its run is over. */
  const endOf = async ({ threadId }: Begun): Promise<z.infer<typeof row>> => {
    let last: z.infer<typeof row> | undefined;
    await eventually(async () => {
      const { data } = await threadClient(e2e, secret).messages(threadId());
      last = row.parse(data.at(-1));
      expect([last.seq, ENDED.has(last.status)]).toEqual([2, true]);
    });
    if (last === undefined) throw new Error('no message is stored');
    return last;
  };

  describe.each(PRODUCERS)('a producer that is %s', (producer) => {
    describe.each(RESUME_CLIENTS)('$name', (client) => {
      test.each(CUTS)('shows what is stored, to the byte, when it is cut %s', async (cut) => {
        const cell = CELLS.find(
          (one) => one.producer === producer && one.client === client && one.cut === cut,
        );
        const result = await played.get(cell?.name ?? '');
        expect(result?.isBroken).toBe(true);
        expect(result?.status).toBe(STATUSES[producer]);
        expect(result?.shown).toEqual(result?.stored);
      });
    });
  });
});

const isLate = (cut: CutName): boolean => PARKS[cut] === 'answer';

/** A cell that hangs fails by itself, and holds up no other one. */
const within = async <T>(promise: Promise<T>, what: string): Promise<T> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`not in time: ${what}`)), HANG_MS);
  return await Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
};

/** Rejects with a reader that gave up. */
const failing = async (reading: Promise<unknown>): Promise<never> => {
  await reading;
  throw new Error('the reader was through before the model waited');
};
