/**
 * Starts a stack as `npm start` does, in front of a provider that the tests know, and asks it by the vendors' own SDKs in
 * Python, unmodified. `bodies`: what providers are asked, then and by the tests of the wires, and what clients are answered in
 * another vendor's words, is parsed by the classes that the vendors publish. All of it, or what is named. Ends with 1 when
 * something fails, with 2 when Python is missing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '../test/support/stack.ts';
import { SENT_BODIES } from '../test/support/strict/sent-bodies.ts';
import { startUpstream } from '../test/support/upstream.ts';
import { clientEnvironment, pythonWithClients } from './python-tools.ts';
import { parseBodies, sendBodies } from './sent-bodies.ts';

const FOLDER = 'test/python';
/** By what is asked: whose environment it is asked from. */
const ASKED = {
  openai: 'python-clients',
  anthropic: 'python-clients',
  google: 'python-clients',
  litellm: 'python-clients',
  llamaindex: 'python-llamaindex',
  bodies: 'python-bodies',
} as const;
const FOLDERS = {
  'python-clients': FOLDER,
  'python-llamaindex': join(FOLDER, 'llamaindex'),
  'python-bodies': join(FOLDER, 'bodies'),
} as const;

const wanted = process.argv.slice(2);
const tools = new Map(
  Object.entries(ASKED)
    .filter(([name]) => wanted.length === 0 || wanted.includes(name))
    .map(([name, environment]) => [name, pythonWithClients(FOLDERS[environment], environment)]),
);

const fail = (what: string): void => {
  console.log(`FAILED  ${what}`);
  process.exitCode = 1;
};

const askStack = async (clients: ReadonlyMap<string, string>): Promise<void> => {
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
    for (const [client, python] of clients) {
      console.log(`${client}:`);
      const script = join(FOLDER, 'clients.py');
      const child = spawn(python, ['-W', 'ignore', script, `with_${client}`], {
        env,
        stdio: 'inherit',
      });
      const [code] = await once(child, 'exit');
      if (code !== 0) fail(client);
    }
  } finally {
    await stack.stop();
    upstream.stop();
  }
};

const reasons = [...tools.values()].flatMap((tool) =>
  tool.kind === 'missing' ? [tool.reason] : [],
);
if (reasons.length > 0) {
  const told = [...new Set(reasons)].join('; ');
  console.error(`The clients are in Python, and nothing was tested: ${told}.`);
  process.exitCode = 2;
} else {
  const paths = [...tools].flatMap(([name, tool]) =>
    tool.kind === 'ready' ? [[name, tool.path] as const] : [],
  );
  const clients = new Map(paths);
  const parser = clients.get('bodies');
  clients.delete('bodies');
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bodies-'));
  if (parser !== undefined) process.env[SENT_BODIES] = folder;
  try {
    if (clients.size > 0) await askStack(clients);
    if (parser !== undefined) {
      console.log('bodies:');
      if (!(await sendBodies())) fail('the bodies are not taken');
      for (const kind of ['asked', 'answered'] as const)
        if (!(await parseBodies(parser, folder, kind))) fail(`what is ${kind} is not parsed`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
