/** `npm run bench:threads`: what durable, resumable answers cost in this build and in the build before it. */
import { bundlesOf } from './kit/bundles.ts';
import { runCommand } from './kit/command.ts';
import { turnBody } from './kit/events.ts';
import { unitsOf } from './kit/units.ts';
import { delays } from './threads/delays.ts';
import { functions } from './threads/functions.ts';
import { history } from './threads/history.ts';
import { openThreads } from './threads/open-threads.ts';
import { resume } from './threads/resume.ts';
import { sockets } from './threads/sockets.ts';
import { streams } from './threads/streams.ts';

const BUNDLE_BYTES_MAX = 480_000;
/** All tables, for 1,000 tokens over 10 seconds. */
const WRITE_UNITS_MAX = 200;

await runCommand(
  'bench:threads',
  [
    sockets,
    resume,
    unitsOf({
      what: 'a turn of 1,000 tokens over 10 s',
      rounds: 3,
      writesMax: WRITE_UNITS_MAX,
      prepare: async (side) => {
        const [thread = ''] = await openThreads(side, 1);
        return async () =>
          await side.api('POST', `/v1/threads/${thread}/messages`, turnBody(1_000, 10));
      },
    }),
    streams,
    delays,
    history,
    bundlesOf(
      ['append-message', 'ai-chat', 'responses', 'read-stream', 'socket-turn'],
      BUNDLE_BYTES_MAX,
    ),
  ],
  [functions],
);
