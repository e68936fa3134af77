import { describe, expect, test } from 'vitest';
import { readEvaluation } from '../../../../lambdas/sre/formats/evaluation-message.ts';
import { ARRIVAL_MS } from '../../../support/otlp/read-logs.ts';
import { FairQueue } from '../../../support/sre/fair-queue.ts';
import { TelemetryLine } from '../../../support/sre/telemetry-line.ts';
import { through } from '../../../support/through-tables.ts';

const QUIET = 'quiet';
/** By its name the tick asks for it first. */
const NOISY = 'a noisy one';
const TIMES = 100;
/** Functions that are all busy with the noisy one, and end with none of it meanwhile. */
const BUSY = 40;

const fatal = (word: string) => [{ severity: 21, text: `fatal error: out of memory in ${word}` }];

/** How the request of a quiet tenant fares that sends once while another has sent so many. */
const fare = async (noise: number, asks: 'score-logs' | 'tick') => {
  const line = new TelemetryLine(ARRIVAL_MS);
  const queue = new FairQueue();
  const send = queue.send.bind(queue);
  for (let index = 0; index < noise; index++) {
    await line.ingest(NOISY, fatal(`worker ${index}`));
    // Each by itself: as many requests as there can be.
    await line.score(line.stream(), send);
  }
  for (let busy = 0; busy < BUSY; busy++) queue.receive();
  await line.ingest(QUIET, fatal('cart'));
  if (asks === 'tick') await line.tick(send);
  else await line.score(line.stream(), send);
  const next = queue.receive()?.body ?? '';
  let itemsRead = 0;
  const tables = through(line.tables);
  const { changes, lagMs } = await line.evaluate(next, {
    ...tables,
    query: async (query) => {
      const page = await tables.query(query);
      itemsRead += page.items.length;
      return page;
    },
  });
  return { tenant: readEvaluation(next).tenant, changes, lagMs, itemsRead };
};

describe(`a tenant at ${TIMES} times the rate of another`, () => {
  test.each(['score-logs', 'tick'] as const)(
    'delays nothing of it that %s asks for: it is next, reads no more, and finds the same',
    async (asks) => {
      const alone = await fare(0, asks);
      expect(alone).toMatchObject({
        tenant: QUIET,
        lagMs: 0,
        changes: [{ kind: 'found', anomaly: { kind: 'oom' } }],
      });
      expect(await fare(TIMES, asks)).toEqual(alone);
    },
  );

  test.each([0, TIMES / 2, TIMES - 1])(
    'takes no room from it where both come in one batch of the stream, %i blocks before it',
    async (before) => {
      const line = new TelemetryLine(ARRIVAL_MS);
      for (let index = 0; index < before; index++) await line.ingest(NOISY, fatal(`${index}`));
      await line.ingest(QUIET, fatal('cart'));
      for (let index = before; index < TIMES - 1; index++)
        await line.ingest(NOISY, fatal(`${index}`));
      const asked: string[] = [];
      await line.score(line.stream(), async (messages) => {
        await Promise.resolve(asked.push(...messages.map(({ body }) => body)));
      });
      expect(asked).toHaveLength(2);
      const own = asked.find((body) => readEvaluation(body).tenant === QUIET) ?? '';
      // As long as the index shows nothing of it yet.
      const { changes } = await line.evaluate(own, {
        ...through(line.tables),
        query: async (query) =>
          query.index === 'by_stamp' ? { items: [], last: null } : await line.tables.query(query),
      });
      expect(changes).toMatchObject([{ kind: 'found', anomaly: { kind: 'oom' } }]);
    },
  );
});
