import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { table } from './figures.ts';
import { nameOf, turnBody, type ThreadRig } from './thread-rig.ts';

/** The roll-up follows by its stream. */
const ROLL_UP_MS = 4_000;

/** What the functions print for one call and for one turn: CloudWatch bills each byte that it takes in. */
export const measurePrinted = async (rig: ThreadRig): Promise<string> => {
  const thread = await rig.openThread();
  const of = async (act: () => Promise<Response>): Promise<readonly (readonly string[])[]> => {
    const before = printed(rig);
    await (await act()).text();
    await sleep(ROLL_UP_MS);
    return [...printed(rig)].flatMap(([name, after]) => {
      const own = after.slice((before.get(name) ?? '').length);
      const lines = own.split('\n').filter((line) => line !== '').length;
      return lines === 0 ? [] : [[name, String(lines), String(Buffer.byteLength(own))]];
    });
  };
  await of(async () => await call(rig));
  const rows = [
    ...(await of(async () => await call(rig))).map((row) => ['a streamed call', ...row]),
    ...(
      await of(async () => await rig.api('POST', `/v1/threads/${thread}/messages`, turnBody(20, 5)))
    ).map((row) => ['a turn', ...row]),
  ];
  return table(['for', 'printed by', 'lines', 'bytes'], rows);
};

const call = async (rig: ThreadRig): Promise<Response> =>
  await rig.api('POST', '/v1/chat/completions', {
    model: 'gpt-4o-mini',
    max_tokens: 100,
    stream: true,
    messages: [{ role: 'user', content: 'tokens=20 every=5' }],
  });

const printed = (rig: ThreadRig): ReadonlyMap<string, string> => {
  const names = new Map(rig.functions.map((config) => [config.id, nameOf(config)]));
  return new Map(
    readdirSync(rig.logDir).map((file) => {
      const id = basename(file, '.log');
      return [names.get(id) ?? id, readFileSync(join(rig.logDir, file), 'utf8')];
    }),
  );
};
