import { Sha256 } from '@smithy/core/checksum';
import { HttpRequest } from '@smithy/core/transport';
import { SignatureV4 } from '@smithy/signature-v4';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { requestSigner } from '../../../../lambdas/platform/aws/request-signer.ts';

const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' };
const scope = { service: 'execute-api', region: 'us-east-1' };
const NOW = Date.UTC(2026, 10, 30, 12, 34, 56, 789);

interface Request {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly timeMs: number;
}

const bySdk = async (request: Request, sessionToken: string | null): Promise<unknown> => {
  const signer = new SignatureV4({
    ...scope,
    credentials: sessionToken === null ? credentials : { ...credentials, sessionToken },
    sha256: Sha256,
    applyChecksum: false,
  });
  const [path = '', query] = request.path.split('?');
  const signed = await signer.sign(
    new HttpRequest({
      method: 'POST',
      hostname: 'host.example',
      path,
      ...(query === undefined ? {} : { query: Object.fromEntries(new URLSearchParams(query)) }),
      headers: {
        host: 'host.example',
        'content-length': String(Buffer.byteLength(request.body)),
        ...request.headers,
      },
      body: request.body,
    }),
    { signingDate: new Date(request.timeMs) },
  );
  return signed.headers['authorization'];
};

const signerOf = (sessionToken: string | null) => {
  const sign = requestSigner({ ...scope, credentials: { ...credentials, sessionToken } });
  return ({ timeMs, ...request }: Request): unknown =>
    sign({ method: 'POST', host: 'host.example', ...request }, timeMs)['authorization'];
};

test('signs whatever is sent as the SDK does, on each day with the key of that day', async () => {
  const sessionToken = 'IQoJb3JpZ2luX2VjE+/=';
  const signers = [null, sessionToken].map((token) => ({ token, sign: signerOf(token) }));
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        path: fc
          .array(fc.string({ minLength: 1, unit: 'grapheme' }).map(encodeURIComponent))
          .map((parts) => `/${parts.filter((part) => !/^\.+$/.test(part)).join('/')}`),
        headers: fc.record({ 'x-amz-target': fc.stringMatching(/^[\w.]+( [\w.]+)*$/) }),
        body: fc.string({ unit: 'grapheme', minLength: 1 }),
        timeMs: fc.integer({ min: NOW - 864_000_000, max: NOW + 864_000_000 }),
      }),
      async (drawn) => {
        const request = { ...drawn, headers: { 'content-type': 'text/plain', ...drawn.headers } };
        for (const { token, sign } of signers)
          expect(sign(request)).toBe(await bySdk(request, token));
      },
    ),
  );
});

test('encodes the id of a socket twice in what is signed, and sends it as it stands', async () => {
  const request = {
    path: `/prod/%40connections/${encodeURIComponent('Q2h1+9/x7CoCJTg=')}`,
    headers: { 'content-type': 'application/octet-stream' },
    body: 'ä',
    timeMs: NOW,
  };
  expect(signerOf(null)(request)).toBe(await bySdk(request, null));
});

test('sends the time of the signature and the session token along', () => {
  const sign = requestSigner({ ...scope, credentials: { ...credentials, sessionToken: 'token' } });
  const headers = sign({ method: 'POST', host: 'h', path: '/', headers: {}, body: 'x' }, NOW);
  expect(headers).toMatchObject({
    host: 'h',
    'x-amz-date': '20261130T123456Z',
    'x-amz-security-token': 'token',
    'content-length': '1',
  });
});
