import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createMiner } from '../../lambdas/sre/score/templates/miner.ts';
import { signalsOf } from '../../lambdas/sre/score/signals/signals-of.ts';
import type { RowGroup } from './group.ts';

const LINES = 1_000_000;
const LONG_LINES = 1_000;
const MIB = 1_048_576;

/** What the heap holds after a collection. */
const heapMib = (): number => {
  setFlagsFromString('--expose_gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') Reflect.apply(collect, undefined, []);
  return process.memoryUsage().heapUsed / MIB;
};

export const hostile: RowGroup = {
  name: 'hostile',
  about: 'heap and state of a miner after lines that resemble nothing',
  rows: ({ isQuick }) => {
    const before = heapMib();
    const miner = createMiner();
    const count = isQuick ? LINES / 100 : LINES;
    for (let index = 0; index < count; index += 1) {
      const name = index.toString(2).replaceAll('0', 'x').replaceAll('1', 'y');
      miner.mine(`${name} went ${name} away from ${name}`);
    }
    for (let index = 0; index < LONG_LINES; index += 1) {
      const text = `w${'x'.repeat(index)} ${'word '.repeat(200_000)}`;
      miner.mine(text);
      signalsOf({ text, stack: text, severity: 0, exceptionType: null });
    }
    const lines = `${count.toLocaleString('en')} distinct lines and ${LONG_LINES.toLocaleString('en')} of a megabyte`;
    return [
      {
        what: `heap after ${lines}, MiB`,
        measured: String(Math.round(heapMib() - before)),
        goal: '',
      },
      {
        what: '- the state that is stored, KiB',
        measured: String(Math.round(JSON.stringify(miner.state()).length / 1_024)),
        goal: '<= 256',
      },
    ];
  },
};
