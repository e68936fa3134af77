#!/usr/bin/env bash
# A busy reader of an answer loses what came before its connection broke: `for await` stops there
#
# Software: Node.js 24.21.0.
# Expected: bytes that were received and parsed are read in order, and the break comes behind them, as at the end of an
#   answer that is whole.
# Happens: the async iterator of node:http's answer asks whether the stream is destroyed before it reads. A reader that
#   awaits something between two chunks never gets those that came meanwhile, up to the stream's 64 KB. They are still in the
#   stream: `read()` behind the error returns them.
# Matters: who keeps a model's words as they come, and writes each to a store, loses the last ones of a stream that broke
#   off, though they were made, sent and received, and are billed.
. "${BASH_SOURCE%/*}/lab.bash"
use_node 24.21.0

cat >server.mjs <<'END'
import { createServer } from 'node:http';

const answers = new Map();
createServer((request, response) => {
  if (request.url === '/break') return void answers.get('answer').write('two ', () =>
    answers.get('answer').write('three', () => {
      answers.get('answer').destroy();
      response.end();
    }));
  if (request.url === '/answer') response.write('one');
  else response.end();
  answers.set(request.url.slice(1), response);
}).listen(Number(process.argv[2]), '127.0.0.1');
END
port=$(free_port)
node server.mjs "$port" &
listening "$port"

cat >client.mjs <<'END'
import { get } from 'node:http';
import { once } from 'node:events';

const ask = async (path) => {
  const [answer] = await once(get({ host: '127.0.0.1', port: process.argv[2], path }), 'response');
  return answer;
};
const answer = await ask('/answer');
const closed = once(answer, 'close').catch(() => undefined);
try {
  for await (const bytes of answer) {
    console.log(`for await: ${bytes}`);
    // Its store takes its time.
    (await ask('/break')).resume();
    await closed;
  }
} catch (error) {
  console.log(`for await: ${error.message}`);
}
console.log(`read() behind the error: ${answer.read()}`);
END

holds "$(node client.mjs "$port")" <<'END'
for await: one
for await: aborted
read() behind the error: two three
END
