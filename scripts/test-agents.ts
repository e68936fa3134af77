/**
 * Starts a stack as `npm start` does, and asks its MCP server by the protocol's own client in Python, unmodified. Ends with 1
 * when that fails, with 2 when Python is missing.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as z from 'zod';
import { startStack, type Stack } from '../test/support/stack.ts';
import { clientEnvironment, pythonWithClients } from './python-tools.ts';

const FOLDER = 'test/agents';

const keyOf = async (stack: Stack, scope: string): Promise<string> => {
  const answer = await fetch(`${stack.baseUrl}/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack.adminKey}` },
    body: JSON.stringify({ name: `agent, ${scope}`, scope }),
  });
  return z.object({ secret: z.string() }).parse(await answer.json()).secret;
};

const python = pythonWithClients(FOLDER, 'agent-clients');
if (python.kind === 'missing') {
  console.error(`The client is in Python, and nothing was tested: ${python.reason}.`);
  process.exitCode = 2;
} else {
  const stack = await startStack();
  try {
    const keys = [await keyOf(stack, 'viewer'), await keyOf(stack, 'oncall')];
    const { status, stderr } = spawnSync(
      python.path,
      ['-W', 'ignore', join(FOLDER, 'mcp_client.py'), `${stack.baseUrl}/v1/mcp`, ...keys],
      { encoding: 'utf8', env: clientEnvironment() },
    );
    console.log(status === 0 ? 'mcp, of Python: asks and is answered' : 'FAILED  mcp, of Python');
    if (status !== 0) {
      console.error(stderr.trim());
      process.exitCode = 1;
    }
  } finally {
    await stack.stop();
  }
}
