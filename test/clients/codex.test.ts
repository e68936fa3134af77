import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { startAgentUpstream, type AgentUpstream, type Play } from '../support/agent-upstream.ts';
import { laptopSuite } from '../support/deployed-stage.ts';
import { ownE2e } from '../support/e2e.ts';

/** `CODEX=<folder>/node_modules/.bin/codex`, installed there by `npm install @openai/codex`, or the one of the machine. */
const codex = process.env['CODEX'] ?? 'codex';
const found = spawnSync(codex, ['--version'], { encoding: 'utf8' });
const suite = (title: string, body: () => void): void => {
  if (found.status === 0) laptopSuite(title, 'it needs a provider of its own', body);
  else describe.skip(`${title} (not checked here: @openai/codex is not installed)`, body);
};

const event = z.looseObject({
  type: z.string(),
  thread_id: z.string().optional(),
  message: z.string().optional(),
  item: z.looseObject({ type: z.string() }).optional(),
});
type CodexEvent = z.infer<typeof event>;

const PATCH = '*** Begin Patch\n*** Add File: door.txt\n+a door\n*** End Patch\n';
const SCRIPT = 'text((await tools.exec_command({cmd: "echo from the shell"})).output)';

/** The model of these sessions: what it does is in the latest words, and an output ends its turn. */
const play: Play = ({ messages, tools }) => {
  const last = messages.at(-1);
  const words = JSON.stringify(last?.content);
  if (JSON.stringify(messages).includes('Sum up the conversation')) return 'All of it.';
  const names = tools.map((tool) => tool.function.name);
  if (last?.role !== 'user') return `I saw ${words}`;
  if (words.includes('RUN'))
    return names.includes('functions__exec')
      ? { name: 'functions__exec', input: { input: SCRIPT } }
      : { name: 'exec_command', input: { cmd: 'echo from the shell' } };
  if (words.includes('PATCH')) return { name: 'apply_patch', input: { input: PATCH } };
  if (words.includes('SEARCH')) return { name: 'tool_search', input: { query: 'agent' } };
  return 'I say so.';
};

suite('Codex CLI', () => {
  let upstream: AgentUpstream;
  let folder = '';
  let secret = '';
  const e2e = ownE2e(() => ({ OPENAI_BASE_URL: upstream.url }));

  beforeAll(async () => {
    upstream = await startAgentUpstream(play);
    await e2e.start();
    ({ secret } = await e2e.mint({ user_id: 'ada', max_spend_usd: 100 }));
    folder = mkdtempSync(join(tmpdir(), 'sluice-codex-'));
    for (const name of ['home', 'work']) mkdirSync(join(folder, name));
    mkdirSync(join(folder, 'openai'));
    writeFileSync(
      join(folder, 'openai', 'config.toml'),
      `web_search = "disabled"\nopenai_base_url = "${e2e.stack.baseUrl}/v1"\n`,
    );
    writeFileSync(
      join(folder, 'home', 'config.toml'),
      [
        'model_provider = "sluice"',
        'web_search = "disabled"',
        '[model_providers.sluice]',
        'name = "Sluice"',
        `base_url = "${e2e.stack.baseUrl}/v1"`,
        'env_key = "SLUICE_API_KEY"',
        'wire_api = "responses"',
      ].join('\n'),
    );
  });
  afterAll(async () => {
    await e2e.stop();
    upstream.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = async (...args: readonly string[]) => await runIn('home', ...args);
  const runIn = async (
    home: 'home' | 'openai',
    ...args: readonly string[]
  ): Promise<readonly CodexEvent[]> => {
    const child = spawn(
      codex,
      ['exec', ...args.slice(0, 1), '--json', '--skip-git-repo-check', ...args.slice(1)],
      {
        cwd: join(folder, 'work'),
        env: {
          ...process.env,
          CODEX_HOME: join(folder, home),
          SLUICE_API_KEY: secret,
          CODEX_API_KEY: secret,
        },
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    let text = '';
    for await (const piece of child.stdout) text += String(piece);
    const lines = text.split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line) => event.parse(JSON.parse(line)));
  };
  const FREE = ['-s', 'danger-full-access'];
  const itemsOf = (events: readonly CodexEvent[]) =>
    events.flatMap(({ type, item }) => (type === 'item.completed' && item ? [item] : []));
  const failures = (events: readonly CodexEvent[]) =>
    events.filter(({ type }) => type === 'error' || type === 'turn.failed');
  const lastMessage = () => upstream.bodies.at(-1)?.messages.at(-1);

  /** What was said and done, in order; a model that is not known to Codex is an item of its own. */
  const kinds = (events: readonly CodexEvent[]) => {
    expect(failures(events)).toEqual([]);
    return itemsOf(events).map(({ type }) => type);
  };

  test.each(['gpt-5.5', 'gpt-5.6-sol'])(
    'runs a command and tells its model what came of it: %s',
    async (model) => {
      const events = await run('RUN it', '-m', model, ...FREE);
      expect(kinds(events)).toContain('agent_message');
      expect(JSON.stringify(itemsOf(events))).toContain('I saw');
      expect(JSON.stringify(lastMessage())).toContain('from the shell');
    },
  );

  test('a tool that takes text is called with it: its patch is applied', async () => {
    const events = await run('PATCH it', '-m', 'gpt-5.5', ...FREE);
    expect(kinds(events)).toEqual(['file_change', 'agent_message']);
    expect(readFileSync(join(folder, 'work', 'door.txt'), 'utf8')).toBe('a door\n');
    expect(lastMessage()).toMatchObject({
      role: 'tool',
      content: expect.stringContaining('door.txt'),
    });
  });

  test('a search is the client’s own, and what it finds may be called', async () => {
    expect(kinds(await run('SEARCH it', '-m', 'gpt-5.5', ...FREE))).toEqual(['agent_message']);
    expect(lastMessage()).toMatchObject({ role: 'tool' });
    const names = upstream.bodies.at(-1)?.tools.map((tool) => tool.function.name) ?? [];
    expect(names).toContainEqual(expect.stringMatching(/__spawn_agent$/));
  });

  test('goes on with a second turn, and after its history was summed up', async () => {
    const first = await run('RUN it', '-m', 'gpt-5.5', ...FREE);
    const id = first.find(({ type }) => type === 'thread.started')?.thread_id ?? '';
    const again = async (...args: readonly string[]) =>
      await run('resume', id, '-m', 'gpt-5.5', ...args);
    expect(kinds(await again('and now'))).toEqual(['agent_message']);
    const told = JSON.stringify(upstream.bodies.at(-1)?.messages);
    for (const words of ['RUN it', 'from the shell', 'I saw', 'and now'])
      expect(told).toContain(words);
    const before = upstream.bodies.length;
    const summed = await again('once more', '-c', 'model_auto_compact_token_limit=1');
    expect(kinds(summed)).toContain('agent_message');
    const since = upstream.bodies.slice(before).map(({ messages }) => JSON.stringify(messages));
    expect(since.some((messages) => messages.includes('CONTEXT CHECKPOINT COMPACTION'))).toBe(true);
    expect(since.at(-1)).not.toContain('from the shell');
    expect(since.at(-1)).toContain('once more');
  });

  test('as OpenAI’s own client with another base URL: over HTTP at once, and summed up here', async () => {
    const model = ['-m', 'gpt-5.6-sol'];
    const first = await runIn('openai', 'RUN it', ...model, ...FREE);
    expect(kinds(first)).toContain('agent_message');
    expect(JSON.stringify(lastMessage())).toContain('from the shell');
    const id = first.find(({ type }) => type === 'thread.started')?.thread_id ?? '';
    const before = upstream.bodies.length;
    const limit = ['-c', 'model_auto_compact_token_limit=1'];
    const summed = await runIn('openai', 'resume', id, ...model, ...limit, 'once more');
    expect(kinds(summed)).toContain('agent_message');
    const since = upstream.bodies.slice(before).map(({ messages }) => JSON.stringify(messages));
    expect(since.some((messages) => messages.includes('Sum up the conversation'))).toBe(true);
    expect(since.at(-1)).toContain('<conversation_summary>');
    expect(since.at(-1)).not.toContain('from the shell');
  });

  test('is told that no web search is served here, by the tool’s place', async () => {
    const events = await run('hi', '-m', 'gpt-5.5', '-c', 'web_search="live"', ...FREE);
    expect(JSON.stringify(failures(events))).toMatch(/tools\.\d+\.type: web_search: only function/);
  });

  test('is paid for by its key, and nothing of it is in a list', async () => {
    expect(await e2e.own(secret)).toMatchObject({
      held_micros: 0,
      spent_micros: expect.any(Number),
    });
    const listed = await e2e.api('GET', '/v1/threads', secret);
    expect(await listed.json()).toMatchObject({ data: [] });
  });
});
