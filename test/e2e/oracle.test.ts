import { afterAll, beforeAll, expect, test } from 'vitest';
import { laptopSuite } from '../support/deployed-stage.ts';
import { ownE2e } from '../support/e2e.ts';
import { ANTHROPIC_SHAPES } from '../support/oracle/anthropic-shapes.ts';
import { INTENDED } from '../support/oracle/intended.ts';
import { OPENAI_SHAPES } from '../support/oracle/openai-shapes.ts';
import { clientsOf, outcomeOf, type Clients, type Outcome } from '../support/oracle/outcome.ts';
import type { Shape } from '../support/oracle/shape.ts';
import { startShapeServer, type ShapeServer } from '../support/oracle/shape-server.ts';
import { recordedNames, recordedShape } from '../support/recorded-answers.ts';

const AT_ONCE = 24;
/** Wires that the SDKs here speak by themselves; test/wire holds the others to their recordings. */
const SPOKEN = ['anthropic-messages', 'openai-chat'] as const;
const RECORDED = SPOKEN.flatMap((wire) =>
  recordedNames(wire).map((name) => recordedShape(wire, name)),
);
const SHAPES: readonly Shape[] = [...RECORDED, ...OPENAI_SHAPES, ...ANTHROPIC_SHAPES];

interface Seen extends Outcome {
  readonly requests: number;
}
interface Pair {
  readonly direct: Seen;
  readonly through: Seen;
}

const keyOf = ({ wire, name }: Shape): string => `${wire} ${name}`;

laptopSuite(
  'the same call of an SDK, at the provider and through Sluice',
  'its providers are set once, for all tests',
  () => {
    const byKey = new Map(SHAPES.map((shape) => [keyOf(shape), shape]));
    const pairs = new Map<string, Pair>();
    let server: ShapeServer;
    const e2e = ownE2e(() => ({
      OPENAI_BASE_URL: `${server.url}/v1`,
      ANTHROPIC_BASE_URL: server.url,
      ANTHROPIC_API_KEY: 'sk-upstream',
    }));

    const see = async (clients: Clients, shape: Shape, side: string): Promise<Seen> => {
      const question = `${side} ${keyOf(shape)}`;
      const outcome = await outcomeOf(clients, shape, question);
      return { ...outcome, requests: server.requests.get(question) ?? 0 };
    };

    beforeAll(async () => {
      server = await startShapeServer((question) => {
        const shape = byKey.get(question.replace(/^\S+ /, ''));
        if (shape === undefined) throw new Error(question);
        return shape;
      });
      await e2e.start();
      const key = await e2e.mint({ max_spend_usd: null, rpm: 10_000 });
      const direct = clientsOf(server.url, 'sk-upstream');
      const through = clientsOf(e2e.stack.baseUrl, key.secret);
      const waiting = [...SHAPES];
      const work = async (): Promise<void> => {
        for (let shape = waiting.pop(); shape !== undefined; shape = waiting.pop())
          pairs.set(keyOf(shape), {
            direct: await see(direct, shape, 'direct'),
            through: await see(through, shape, 'through'),
          });
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    });
    afterAll(async () => {
      await e2e.stop();
      server.stop();
    });

    test.each(SHAPES.map(keyOf))('%s', (key) => {
      const pair = pairs.get(key);
      const intended = INTENDED.find(({ shapes }) => shapes.includes(key));
      if (intended === undefined) expect(pair?.through).toEqual(pair?.direct);
      else {
        expect(pair?.through).toMatchObject(intended.through);
        expect(pair?.through).not.toEqual(pair?.direct);
      }
    });

    test('has a name of its own for every shape, and a reason for every difference', () => {
      expect(byKey.size).toBe(SHAPES.length);
      const named = INTENDED.flatMap(({ shapes }) => shapes);
      expect(named.filter((key) => !byKey.has(key))).toEqual([]);
      expect(new Set(named).size).toBe(named.length);
    });
  },
);
