/** Serves examples/chat on the running stack. Its admin key goes to the example's server, never to the page. */
import { Command } from 'commander';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { installFolder } from './install-folder.ts';

const FOLDER = 'examples/chat';

const options = z.object({ stateDir: z.string(), port: z.string() }).parse(
  new Command('npm run example:chat --')
    .option(
      '--state-dir <folder>',
      'state of the running stack',
      process.env['SLUICE_STATE_DIR'] ?? '.sluice',
    )
    .option('--port <port>', 'port of the page', '3000')
    .parse()
    .opts(),
);

const file = join(options.stateDir, 'local.json');
if (!existsSync(file)) {
  console.error(
    `There is no ${file}: start the stack first, with npm start. One that has a --state-dir is found by the same option: npm run example:chat -- --state-dir FOLDER.`,
  );
  process.exit(1);
}
const { base_url, admin_key, websocket_url } = z
  .object({ base_url: z.string(), admin_key: z.string(), websocket_url: z.string() })
  .parse(JSON.parse(readFileSync(file, 'utf8')));
if (!installFolder(FOLDER)) process.exit(1);
const server = spawn(process.execPath, ['server.ts'], {
  cwd: FOLDER,
  env: {
    ...process.env,
    SLUICE_BASE_URL: base_url,
    SLUICE_ADMIN_KEY: admin_key,
    SLUICE_WEBSOCKET_URL: websocket_url,
    PORT: options.port,
  },
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.kill(signal));
server.on('exit', (code) => process.exit(code ?? 0));
