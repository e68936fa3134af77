/** `npm run bench:threads`: what durable, resumable answers cost, and how soon a reader has them. */
import { Command } from 'commander';
import { cpus, loadavg, totalmem } from 'node:os';
import * as z from 'zod';
import { measureAnswerWrites } from './answer-writes.ts';
import { measureDelays } from './delta-delays.ts';
import { shown } from './figures.ts';
import { measureFunctionsAtWork } from './functions-at-work.ts';
import { measureHistory } from './history-pages.ts';
import { measureManyStreams } from './many-streams.ts';
import { measurePrinted } from './printed-bytes.ts';
import { measureResume } from './resume.ts';
import { measureSockets } from './socket-fan-out.ts';
import { startThreadRig } from './thread-rig.ts';

const PARTS = ['writes', 'delays', 'resume', 'history', 'streams', 'sockets', 'functions'] as const;

const options = z
  .object({
    streams: z.coerce.number().int().min(1).max(1_000),
    only: z.enum(PARTS).optional(),
  })
  .parse(
    new Command('npm run bench:threads --')
      .option('--streams <count>', 'streams at once in one process', '200')
      .option('--only <part>', PARTS.join(', '))
      .parse()
      .opts(),
  );
const isAsked = (part: (typeof PARTS)[number]): boolean =>
  options.only === undefined || options.only === part;
const say = (text: string): void => console.log(`${text}\n`);
const step = (text: string): void => console.error(`... ${text}`);

const main = async (): Promise<void> => {
  if (process.platform !== 'linux') throw new Error('the benchmark reads /proc: it needs Linux');
  const [loadBefore = 0] = loadavg();
  step('starting the upstream, the engine and Sluice');
  const rig = await startThreadRig();
  try {
    say(
      `\n${cpus().length} cores (${cpus()[0]?.model ?? ''}), ${Math.round(totalmem() / 1_073_741_824)} GB, Node ${process.version}, load before ${shown(loadBefore, 1)}`,
    );
    if (isAsked('writes')) {
      step('one answer, every table counted');
      say(await measureAnswerWrites(rig));
      say(await measurePrinted(rig));
    }
    if (isAsked('delays')) {
      step('from the model to the reader');
      say(await measureDelays(rig));
    }
    if (isAsked('resume')) {
      step('coming back');
      say(await measureResume(rig));
    }
    if (isAsked('history')) {
      step('pages of a long thread');
      say(await measureHistory(rig));
    }
    if (isAsked('streams')) {
      step(`${options.streams} streams at once, here and with the peer`);
      say(await measureManyStreams(rig, options.streams));
    }
    if (isAsked('sockets')) {
      step('sockets that watch');
      say(await measureSockets(rig));
    }
    if (isAsked('functions')) {
      step('each function at work');
      say(await measureFunctionsAtWork(rig));
    }
  } finally {
    await rig.stop();
  }
};

await main();
