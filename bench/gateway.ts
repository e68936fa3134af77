/** `npm run bench:gateway`: the hot path of this build beside the build before it and the gateways of others. */
import { bundlesOf } from './kit/bundles.ts';
import { runCommand } from './kit/command.ts';
import { chatBody } from './kit/events.ts';
import { unitsOf } from './kit/units.ts';
import { frames } from './gateway/frames.ts';
import { functionAlone } from './gateway/function-alone.ts';
import { keys } from './gateway/keys.ts';
import { multipart } from './gateway/multipart.ts';
import { stack } from './gateway/stack.ts';
import { start, testCommand } from './gateway/start.ts';
import { translation } from './gateway/translation.ts';
import { writes } from './gateway/writes.ts';

const BUNDLE_BYTES_MAX = 300_000;

await runCommand(
  'bench:gateway',
  [
    stack,
    keys,
    unitsOf({
      what: 'a call',
      rounds: 5,
      prepare: async ({ api }) =>
        await Promise.resolve(
          async () => await api('POST', '/v1/chat/completions', chatBody(true)),
        ),
    }),
    writes,
    functionAlone,
    frames,
    translation,
    multipart,
    bundlesOf(['chat-completions', 'messages'], BUNDLE_BYTES_MAX),
    start,
    testCommand,
  ],
  [],
);
