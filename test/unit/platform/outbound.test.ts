import { createServer, type RequestListener } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { listenHere } from '../../../local/http/listen-here.ts';
import {
  boundedText,
  outbound,
  OutboundRefused,
  systemResolve,
} from '../../../lambdas/platform/outbound.ts';
import { isPublicAddress, urlProblem } from '../../../lambdas/shared/public-address.ts';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

const serve = async (answer: RequestListener): Promise<number> => {
  const server = createServer(answer);
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return await listenHere(server);
};

const get = (url: string) => ({ url, method: 'GET', headers: {}, body: null });
const never = new AbortController().signal;

describe('an address is public', () => {
  test.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.1.2.3',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::7f00:1',
    '::ffff:10.0.0.1',
    '::ffff:169.254.169.254',
    '::ffff:7f00:1',
    '64:ff9b::a00:1',
    '64:ff9b:1::a00:1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:a00:1::',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    'nonsense',
    '',
  ])('never when it is %s', (address) => expect(isPublicAddress(address)).toBe(false));

  test.each(['1.1.1.1', '93.184.216.34', '172.32.0.1', '2606:4700::1111', '::ffff:1.1.1.1'])(
    'when it is %s',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );
});

describe('a URL is refused before its name is asked for', () => {
  test.each([
    'nonsense',
    'http://example.com/',
    'ftp://example.com/',
    'https://user:word@example.com/',
    'https://127.0.0.1/',
    'https://localhost/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[::ffff:a00:1]/',
    'https://[fe80::1]/',
    'https://[fd00:ec2::254]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[fe80::1%25eth0]/',
    'https://127.0.0.1./',
    'https://localhost./',
    'https://LOCALHOST/',
    'https://tool.localhost/',
    'https://127.1/',
    'https://１２７.０.０.１/',
    'https://0/',
    'https://169.254.169.254/latest/meta-data/',
    'http://localhost/',
  ])('%s', (url) => expect(urlProblem(url, false)).toEqual(expect.any(String)));

  test('this machine is let through on a laptop alone, and nothing else is', () => {
    expect(urlProblem('http://localhost:1/', true)).toBeNull();
    expect(urlProblem('http://127.0.0.1:1/', true)).toBeNull();
    expect(urlProblem('http://10.0.0.1/', true)).toEqual(expect.any(String));
    expect(urlProblem('http://127.0.0.2/', true)).toEqual(expect.any(String));
    expect(urlProblem('https://example.com/', false)).toBeNull();
  });
});

describe('a request', () => {
  test.each([
    ['private', [{ address: '10.0.0.1', family: 4 }]],
    ['local', [{ address: '127.0.0.1', family: 4 }]],
    ['mapped', [{ address: '::ffff:127.0.0.1', family: 6 }]],
    ['nowhere', []],
    [
      'public and private',
      [
        { address: '1.1.1.1', family: 4 },
        { address: '169.254.169.254', family: 4 },
      ],
    ],
  ])('is refused when its name leads to %s addresses', async (_what, addresses) => {
    for (const isLoopbackAllowed of [false, true]) {
      const send = outbound({ isLoopbackAllowed, resolve: async () => addresses });
      await expect(send(get('https://tool.example/'), never)).rejects.toThrow(OutboundRefused);
    }
  });

  test('asks for its name once and connects to what was checked, whatever the name says later', async () => {
    let asked = 0;
    const port = await serve((_request, answer) => answer.end('here'));
    // No such name exists: only the checked address can have been connected to.
    const send = outbound({
      isLoopbackAllowed: true,
      resolve: async () => {
        asked++;
        return [{ address: asked === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }];
      },
    });
    const answer = await send(get(`http://localhost:${port}/`), never);
    expect([answer.status, await boundedText(answer.body, 100)]).toEqual([200, 'here']);
    expect(asked).toBe(1);
  });

  test('is not redirected: the place it was sent to is never asked', async () => {
    let visits = 0;
    const secret = await serve((_request, answer) => {
      visits++;
      answer.end();
    });
    const port = await serve((_request, answer) =>
      answer.writeHead(302, { location: `http://127.0.0.1:${secret}/` }).end(),
    );
    const send = outbound({ isLoopbackAllowed: true, resolve: systemResolve });
    expect((await send(get(`http://127.0.0.1:${port}/`), never)).status).toBe(302);
    expect(visits).toBe(0);
  });

  test('whose answer is larger than the limit is cut off', async () => {
    let isClosed = false;
    const port = await serve((_request, answer) => {
      answer.on('close', () => (isClosed = true));
      const more = (): void => {
        while (answer.write('x'.repeat(65_536)));
        answer.once('drain', more);
      };
      more();
    });
    const send = outbound({ isLoopbackAllowed: true, resolve: systemResolve });
    const answer = await send(get(`http://127.0.0.1:${port}/`), never);
    await expect(boundedText(answer.body, 100_000)).rejects.toThrow(/larger than 100000/);
    await expect.poll(() => isClosed).toBe(true);
  });

  test('does not wait for a name that nobody answers for', async () => {
    const stop = new AbortController();
    const send = outbound({
      isLoopbackAllowed: false,
      resolve: async () => {
        stop.abort();
        return await new Promise(() => undefined);
      },
    });
    await expect(send(get('https://tool.example/'), stop.signal)).rejects.toThrow(/abort/i);
  });

  test('ends when its signal is raised', async () => {
    const stop = new AbortController();
    const port = await serve(() => stop.abort());
    const send = outbound({ isLoopbackAllowed: true, resolve: systemResolve });
    await expect(send(get(`http://127.0.0.1:${port}/`), stop.signal)).rejects.toThrow(/abort/i);
  });
});
