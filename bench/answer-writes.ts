import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumed } from './capacity-meter.ts';
import { shown, table } from './figures.ts';
import { turnBody, type ThreadRig } from './thread-rig.ts';

const TOKENS = 1_000;
const EVERY_MS = 10;
/** The roll-up of usage follows the settlement by its stream. */
const ROLL_UP_MS = 4_000;

/** What one answer of 1,000 tokens over 10 seconds writes and reads, in every table, by the engine's own count. */
export const measureAnswerWrites = async (rig: ThreadRig): Promise<string> => {
  await answer(rig, await rig.openThread(), 20, 1);
  await sleep(ROLL_UP_MS);
  const thread = await rig.openThread();
  rig.meter.take();
  const seconds = await answer(rig, thread, TOKENS, EVERY_MS);
  await sleep(ROLL_UP_MS);
  const consumed = rig.meter.take();
  const name = ({ table: of, action }: Consumed): string => `${of}, ${action}`;
  const names = [...new Set(consumed.map(name))].toSorted();
  const rows = names.map((wanted) =>
    rowOf(
      wanted,
      consumed.filter((one) => name(one) === wanted),
    ),
  );
  const head = [
    `${TOKENS} tokens over ${shown(seconds, 1)} s`,
    'requests',
    'write units',
    'read units',
  ];
  return table(head, [...rows, rowOf('**all**', consumed)]);
};

const rowOf = (name: string, consumed: readonly Consumed[]): readonly string[] => {
  const sum = (isRead: boolean): string =>
    shown(
      consumed
        .filter((one) => one.isRead === isRead)
        .reduce((total, { units }) => total + units, 0),
      1,
    );
  return [name, String(consumed.length), sum(false), sum(true)];
};

const answer = async (
  rig: ThreadRig,
  thread: string,
  tokens: number,
  everyMs: number,
): Promise<number> => {
  const beganMs = performance.now();
  const told = await rig.api('POST', `/v1/threads/${thread}/messages`, turnBody(tokens, everyMs));
  const text = await told.text();
  if (!text.includes('run.completed')) throw new Error(text.slice(-500));
  return (performance.now() - beganMs) / 1_000;
};
