import type { HttpAnswer } from '../../../../platform/http-entry.ts';
import type { Answerer } from '../../../../inference/turn/answerer.ts';
import { WAIT_LOOK_MS } from '../../../domain/limits.ts';
import { BEFORE_FIRST } from '../../../domain/log-cursor.ts';
import type { LoggedEvent } from '../../../domain/run-event.ts';
import type { Run } from '../../../domain/thread.ts';
import { dialectRunOf } from '../../../domain/dialect.ts';
import { pinnedVersion } from '../../../domain/dialect-pins.ts';
import { NATIVE_VERSIONS } from '../formats/native-dialect.ts';
import { NATIVE_PING } from '../formats/native-stream.ts';
import { readRun } from '../../../usecases/read-run.ts';
import { runPlace } from '../../../routes/reach.ts';
import type { ThreadRouteDeps } from '../../../routes/route-deps.ts';
import { aliasOfRun, runHeaders } from '../../../routes/aliases.ts';

type Pages = AsyncIterable<readonly LoggedEvent[]>;

export interface NativeReading {
  readonly run: Run;
  /** Events up to and with this one were seen. */
  readonly afterIndex: number;
  /** What follows it, as far as it was read already. */
  readonly page?: readonly LoggedEvent[] | null;
  readonly nonce: string;
  readonly untilMs: number;
}

/** A run's pages from its first event, and who answers, where that is known. */
interface Told {
  readonly pages: Pages;
  readonly by: Answerer | null;
}

/** A run's own stream after an event. `told`: what somebody has of it already. */
export const nativeAnswer = (
  deps: ThreadRouteDeps,
  reading: NativeReading,
  told: Told | null = null,
): HttpAnswer => ({
  status: 200,
  headers: {
    ...runHeaders(deps.aliases, reading.run, told?.by ?? null),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  },
  heartbeat: NATIVE_PING,
  body: framesOf(deps, reading, told?.pages ?? null),
});

const NATIVE = { name: 'native', versions: NATIVE_VERSIONS } as const;

async function* framesOf(
  deps: ThreadRouteDeps,
  reading: NativeReading,
  told: Pages | null,
): AsyncGenerator<Uint8Array> {
  const { run, afterIndex } = reading;
  const alias = aliasOfRun(deps.aliases, run);
  const { name, versions } = alias ?? NATIVE;
  const dialect = pinnedVersion(run.settings.dialects, name, versions);
  const render = dialect.renderer(dialectRunOf(run));
  const pages = told ?? pagesAfter(deps, reading, dialect.isStateless ? afterIndex : BEFORE_FIRST);
  for await (const page of alias?.isOpenOverWaits === true
    ? overWaits(deps, reading, pages)
    : pages) {
    const texts = page.flatMap((logged) => {
      const frames = render(logged);
      return logged.index > afterIndex ? frames.map(({ text }) => text) : [];
    });
    if (texts.length > 0) yield Buffer.from(texts.join(''));
  }
}

const pagesAfter = (
  deps: ThreadRouteDeps,
  { run, nonce, untilMs, ...read }: NativeReading,
  afterIndex: number,
) => {
  const page = afterIndex === read.afterIndex ? (read.page ?? null) : null;
  return readRun(deps, { run: runPlace(run), afterIndex, page, nonce, untilMs });
};

/** The one stream of a client that keeps it open while a call waits for its result: the rest follows on it. */
async function* overWaits(
  deps: ThreadRouteDeps,
  reading: NativeReading,
  pages: Pages,
): AsyncGenerator<readonly LoggedEvent[]> {
  let last: LoggedEvent | undefined;
  for (let next = pages; ;) {
    for await (const page of next) {
      last = page.at(-1) ?? last;
      yield page;
    }
    if (last?.event.type !== 'run.requires_action' || deps.timers.nowMs() >= reading.untilMs)
      return;
    await deps.timers.sleep(WAIT_LOOK_MS);
    next = pagesAfter(deps, reading, last.index);
  }
}
