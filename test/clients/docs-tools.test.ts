import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { laptopSuite } from '../support/deployed-stage.ts';
import { freePort } from '../../local/free-port.ts';
import { docsBlocks } from '../support/docs-blocks.ts';
import { sharedE2e } from '../support/e2e.ts';
import { eventually } from '../support/stack.ts';

const PAGE = 'docs/tools.md';
const FOLDER = 'test/clients/node_modules/.docs-tools';
const run = promisify(execFile);
const [exported = '', register = '', turn = '', approval = '', continued = '', mcp = ''] =
  docsBlocks(PAGE, 'sh');
const [webhook = '', mcpServer = ''] = docsBlocks(PAGE, 'ts');
const [pythonWebhook = ''] = docsBlocks(PAGE, 'python');
const hasPython = spawnSync('python3', ['--version'], { stdio: 'ignore' }).status === 0;

laptopSuite(PAGE, 'its commands are for the stack of a laptop', () => {
  const e2e = sharedE2e();
  const running: ChildProcess[] = [];
  let env: NodeJS.ProcessEnv = {};

  beforeAll(async () => {
    await e2e.start();
    mkdirSync(FOLDER, { recursive: true });
    env = { ...process.env, BASE: e2e.stack.baseUrl, ADMIN: e2e.stack.adminKey };
  });
  afterAll(async () => {
    for (const child of running) child.kill();
    rmSync(FOLDER, { recursive: true, force: true });
    await e2e.stop();
  });

  /** Pastes blocks into one shell, and keeps what they export. */
  const paste = async (...blocks: readonly string[]): Promise<string> => {
    const script = [
      'set -eu',
      // The simulated model that this stack has.
      ...blocks.map((block) => block.replaceAll('gpt-4o-mini', 'claude-haiku-4-5')),
      'echo; echo "TOOL_SECRET=${TOOL_SECRET:-}"; echo "KEY=${KEY:-}"; echo "THREAD=${THREAD:-}"',
    ];
    const { stdout } = await run('bash', ['-c', script.join('\n')], { env });
    for (const [, name = '', value] of stdout.matchAll(/^(TOOL_SECRET|KEY|THREAD)=(.+)$/gm))
      env = { ...env, [name]: value };
    return stdout;
  };

  const serve = async (command: string, file: string, code: string): Promise<number> => {
    const port = await freePort();
    writeFileSync(`${FOLDER}/${file}`, code);
    running.push(
      spawn(command, [`${FOLDER}/${file}`], {
        env: { ...env, PORT: String(port) },
        stdio: 'ignore',
      }),
    );
    await eventually(
      async () => void (await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: '{}' })),
    );
    return port;
  };

  const useTool = async (command: string, file: string, code: string): Promise<string> => {
    const name = file.replace('.', '-');
    const named = (block: string): string => block.replaceAll('weather"', `${name}"`);
    const port = await freePort();
    await paste(named(register).replace(':8080', `:${port}`));
    writeFileSync(`${FOLDER}/${file}`, code);
    const child = spawn(command, [`${FOLDER}/${file}`], {
      env: { ...env, PORT: String(port) },
      stdio: 'ignore',
    });
    running.push(child);
    const unsigned = { method: 'POST', body: '{}', headers: { 'x-sluice-timestamp': '0' } };
    await eventually(async () => {
      const answer = await fetch(`http://127.0.0.1:${port}`, unsigned);
      expect(answer.status).toBe(401);
    });
    return await paste(named(turn));
  };

  test('its first block names the stack and the admin key', () => {
    expect(exported).toMatch(/export BASE=.*\nexport ADMIN=/);
  });

  test('its webhook in TypeScript refuses what is not signed, and answers a turn', async () => {
    const said = await useTool(process.execPath, 'webhook.mjs', webhook);
    expect(said).toMatch(/It is 21 degrees in/);
    expect(said).toContain('event: run.completed');
  });

  (hasPython ? test : test.skip)('its webhook in Python does the same', async () => {
    expect(await useTool('python3', 'webhook.py', pythonWebhook)).toMatch(/It is 21 degrees in/);
  });

  test('a call that wants a yes waits for it', async () => {
    const name = 'webhook-mjs';
    const tools = z.object({ data: z.array(z.looseObject({ id: z.string(), name: z.string() })) });
    const listed = tools.parse(await (await e2e.admin('GET', '/v1/tools')).json());
    const id = listed.data.find((tool) => tool.name === name)?.id ?? '';
    const block = approval
      .replaceAll('weather"', `${name}"`)
      .replace(/TOOL=\$\(.*\)/, `TOOL=${id}`);
    const said = await paste(block, 'echo "CALL=$CALL"', continued);
    expect(said).toMatch(/CALL=\S+/);
    expect(said).toMatch(/"requires_approval":true/);
    expect(said).not.toContain('"error"');
    expect(said).toContain('message_stop');
  });

  test('its MCP server lists its tool when it is tried', async () => {
    const port = await serve(process.execPath, 'mcp.mjs', mcpServer);
    const said = await paste(mcp.replace(':8090', `:${port}`));
    expect(said).toContain('"ok":true');
    expect(said).toContain('library/find_book');
  });
});
