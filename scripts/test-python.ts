/**
 * Starts a stack as `npm start` does, in front of a provider that the tests know, and asks it by the vendors' own SDKs in
 * Python, unmodified, all of them or those that are named. Ends with 1 when one fails, with 2 when Python is missing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startStack } from '../test/support/stack.ts';
import { startUpstream } from '../test/support/upstream.ts';
import { clientEnvironment, pythonWithClients } from './python-tools.ts';

const FOLDER = 'test/python';
const CLIENTS = ['openai', 'anthropic', 'google', 'litellm', 'llamaindex'];

const others = pythonWithClients(FOLDER, 'python-clients');
const llamaIndex = pythonWithClients(join(FOLDER, 'llamaindex'), 'python-llamaindex');
if (others.kind === 'missing' || llamaIndex.kind === 'missing') {
  const reasons = [others, llamaIndex].flatMap((tool) =>
    tool.kind === 'missing' ? [tool.reason] : [],
  );
  console.error(`The clients are in Python, and nothing was tested: ${reasons.join('; ')}.`);
  process.exitCode = 2;
} else {
  const wanted = process.argv.slice(2);
  const upstream = await startUpstream();
  const stack = await startStack({
    OPENAI_BASE_URL: upstream.url,
    OPENAI_API_KEY: 'sk-upstream',
  });
  const env = {
    ...clientEnvironment(),
    SLUICE_BASE: stack.baseUrl,
    SLUICE_ADMIN: stack.adminKey,
    // LiteLLM reads its prices from the network unless it is told not to.
    LITELLM_LOCAL_MODEL_COST_MAP: 'True',
  };
  try {
    for (const client of CLIENTS) {
      if (wanted.length > 0 && !wanted.includes(client)) continue;
      console.log(`${client}:`);
      const script = join(FOLDER, 'clients.py');
      const { path } = client === 'llamaindex' ? llamaIndex : others;
      const child = spawn(path, ['-W', 'ignore', script, `with_${client}`], {
        env,
        stdio: 'inherit',
      });
      const [code] = await once(child, 'exit');
      if (code === 0) continue;
      console.log(`FAILED  ${client}`);
      process.exitCode = 1;
    }
  } finally {
    await stack.stop();
    upstream.stop();
  }
}
