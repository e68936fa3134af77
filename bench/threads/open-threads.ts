import * as z from 'zod';
import { repeat, route } from '../kit/events.ts';
import type { Side } from '../kit/side.ts';

const opened = z.looseObject({ id: z.string() });

/** Opens threads by their function alone: it needs no local runtime. */
export const openThreads = async (side: Side, count: number): Promise<readonly string[]> => {
  const { answers } = await side.probe({
    entry: 'threads',
    kind: 'whole',
    warmUps: [],
    calls: repeat(count, route('POST', '/v1/threads', {})),
    concurrency: 1,
    isAnswerKept: true,
  });
  return answers.map((answer) => opened.parse(JSON.parse(answer)).id);
};
