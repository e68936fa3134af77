import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { EVENT_BYTES_MAX, type FunctionHost } from '../../../local/lambda/function-host.ts';
import type { StreamHead } from '../../../local/lambda/worker-thread.ts';
import { functionOf, writeBundle } from '../../support/local-function.ts';
import { eventually } from '../../support/stack.ts';

/** Answers what it is asked for; `hold` waits until another invocation says `release`. */
const SOURCE = `
let count = 0;
const waiting = [];
export const handler = async ({ act, size }, context) => {
  switch (act) {
    case 'count': return ++count;
    case 'env': return { greeting: process.env.GREETING, name: process.env.AWS_LAMBDA_FUNCTION_NAME, home: process.env.HOME ?? null };
    case 'left': return context.getRemainingTimeInMillis();
    case 'hold': return await new Promise((resolve) => waiting.push(resolve));
    case 'waiting': return waiting.length;
    case 'release': for (const resolve of waiting.splice(0)) resolve('released'); return 'done';
    case 'throw': throw new Error('broken');
    case 'crash': setImmediate(() => { throw new Error('crashed'); }); return await new Promise(() => {});
    case 'exit': process.exit(3);
    case 'never': return await new Promise(() => {});
    case 'large': return 'x'.repeat(size);
    case 'measure': setTimeout(() => console.log('{"_aws":{}}'), 20); return null;
    case 'print': console.log('{"level":"ERROR","message":"printed"}'); return null;
  }
};`;

const hosts: FunctionHost[] = [];
const start = (...args: Parameters<typeof functionOf>) => {
  const made = functionOf(...args);
  hosts.push(made.host);
  return made;
};
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop();
});

describe('a hosted function', () => {
  test('runs the handler in one warm thread, with its own environment and nothing of the host', async () => {
    const { host } = start(SOURCE);
    expect(await host.invoke({ act: 'count' })).toBe(1);
    expect(await host.invoke({ act: 'count' })).toBe(2);
    expect(await host.invoke({ act: 'env' })).toEqual({
      greeting: 'hello',
      name: 'Fixture',
      home: null,
    });
    const left = Number(await host.invoke({ act: 'left' }));
    expect(left).toBeGreaterThan(5_000);
    expect(left).toBeLessThanOrEqual(10_000);
    expect(host.stats).toMatchObject({ invocations: 4, coldStarts: 1, errors: 0, inFlight: 0 });
  });

  test('serves invocations at the same time', async () => {
    const { host } = start(SOURCE);
    const held = [host.invoke({ act: 'hold' }), host.invoke({ act: 'hold' })];
    await eventually(async () => expect(await host.invoke({ act: 'waiting' })).toBe(2));
    expect(host.stats.inFlight).toBe(2);
    await host.invoke({ act: 'release' });
    expect(await Promise.all(held)).toEqual(['released', 'released']);
  });

  test('an error fails its invocation alone and keeps the thread', async () => {
    const { host } = start(SOURCE);
    await host.invoke({ act: 'count' });
    await expect(host.invoke({ act: 'throw' })).rejects.toThrow('broken');
    expect(await host.invoke({ act: 'count' })).toBe(2);
    expect(host.stats).toMatchObject({ errors: 1, lastError: { message: 'broken' } });
  });

  test.each(['crash', 'exit'])(
    'a %s fails what ran on its thread, and the next invocation starts a new one',
    async (act) => {
      const { host } = start(SOURCE);
      await host.invoke({ act: 'count' });
      const held = expect(host.invoke({ act: 'hold' })).rejects.toThrow(/crashed|exited with 3/);
      await expect(host.invoke({ act })).rejects.toThrow(/crashed|exited with 3/);
      await held;
      expect(await host.invoke({ act: 'count' })).toBe(1);
      expect(host.stats.coldStarts).toBe(2);
    },
  );

  test('a timeout fails its invocation, and a new thread takes over while the old one drains', async () => {
    const { host } = start(SOURCE, { timeoutMs: 5_000 });
    await host.invoke({ act: 'count' });
    await expect(host.invoke({ act: 'never' })).rejects.toThrow('Fixture timed out');
    expect(await host.invoke({ act: 'count' })).toBe(1);
    expect(host.stats.coldStarts).toBe(2);
  });

  test('a new bundle serves the next invocation; what runs ends on the old thread, which then ends', async () => {
    const source = `import { existsSync } from 'node:fs';
      export const handler = async ({ gate }) => {
        while (!existsSync(gate)) await new Promise((resolve) => setTimeout(resolve, 20));
        return 'old';
      };`;
    const { host, dir } = start(source);
    const held = host.invoke({ gate: join(dir, 'gate') });
    host.replace(writeBundle(dir, 'next.mjs', `export const handler = async () => 'new';`));
    expect(await host.invoke({})).toBe('new');
    expect([host.threadCount, host.stats.inFlight]).toEqual([2, 1]);
    writeBundle(dir, 'gate', '');
    expect(await held).toBe('old');
    await eventually(async () => expect(host.threadCount).toBe(1));
  });

  test('an event or a buffered answer over 6 MB is refused, as on Lambda', async () => {
    const { host } = start(SOURCE);
    const event = { act: 'x'.repeat(EVENT_BYTES_MAX) };
    await expect(host.invoke(event)).rejects.toThrow('the event passes 6 MB');
    const size = EVENT_BYTES_MAX - 2;
    expect(await host.invoke({ act: 'large', size })).toHaveLength(size);
    await expect(host.invoke({ act: 'large', size: size + 1 })).rejects.toThrow(
      'the answer passes 6 MB',
    );
  });

  test('a metric that it prints when it does nothing else is seen too', async () => {
    const lines: string[] = [];
    const { host } = start(SOURCE, { onLine: (_id, line) => lines.push(line) });
    await host.invoke({ act: 'measure' });
    await eventually(async () => {
      expect(lines).toEqual(['{"_aws":{}}']);
      await Promise.resolve();
    });
  });

  test('what it prints lands in its log and with the observer', async () => {
    const lines: string[] = [];
    const { host, dir } = start(SOURCE, { onLine: (id, line) => lines.push(`${id} ${line}`) });
    await host.invoke({ act: 'print' });
    const line = '{"level":"ERROR","message":"printed"}';
    await eventually(async () => {
      expect(lines).toEqual([`Fixture ${line}`]);
      expect(readFileSync(join(dir, 'logs', 'Fixture.log'), 'utf8')).toBe(`${line}\n`);
    });
  });

  test('a streamed answer shows its head first and its bytes as they come; a failure destroys it', async () => {
    const { host } = start(`
      export const handler = awslambda.streamifyResponse(async ({ isBroken }, stream) => {
        const out = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { a: 'b' } });
        out.write('one ');
        if (isBroken) throw new Error('cut');
        out.write('two');
        out.end();
      });`);
    const heads: StreamHead[] = [];
    const text: string[] = [];
    await host.invokeStreamed({}, (head) => {
      heads.push(head);
      head.body.on('data', (bytes: Buffer) => text.push(bytes.toString()));
    });
    await eventually(async () => expect(text.join('')).toBe('one two'));
    expect(heads).toMatchObject([{ status: 201, headers: { a: 'b' } }]);
    const errors: unknown[] = [];
    const broken = host.invokeStreamed({ isBroken: true }, ({ body }) => {
      void once(body, 'error').then(([error]) => errors.push(error));
    });
    await expect(broken).rejects.toThrow('cut');
    await eventually(async () => expect(errors).toEqual([new Error('cut')]));
  });
});
