import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasIbanCheck, isCardNumber } from '../../../../lambdas/sre/in/mask/check-digits.ts';
import { maskText } from '../../../../lambdas/sre/in/mask/mask-text.ts';
import { createMasker } from '../../../../lambdas/sre/in/mask/masker.ts';
import { attributes, text } from '../../../support/otlp/encode.ts';
import { storedLog } from '../../../support/otlp/read-logs.ts';

/** Made up; in parts, so that no scanner of repositories takes them for real ones. */
const fake = (...parts: readonly string[]): string => parts.join('');
const JWT = fake('eyJhbGciOiJIUzI1NiJ9', '.', 'eyJzdWIiOiIxIn0', '.', 'c2lnbmF0dXJl');
const KEYS = [
  fake('AKIA', 'ABCDEFGHIJKLMNOP'),
  fake('ghp_', '0123456789abcdefghijABCDEFGHIJ012345'),
  fake('github_pat_', '11ABCDEFG0abcdefghijkl_0123456789'),
  fake('glpat-', 'abcdefghij0123456789'),
  fake('sk-proj-', 'abcdefghijklmnopqrstuvwx0123'),
  fake('sk-ant-', 'api03-abcdefghijklmnopqrstuvwx'),
  fake('sk_live_', 'abcdefghijklmnop01234567'),
  fake('slk_live_', '0123456789abcdef_', 'a'.repeat(40), '_01234567'),
  fake('xoxb-', '123456789012-abcdefghijklmnop'),
  fake('AIza', 'SyA0123456789abcdefghijklmnopqrstuv'),
  fake('SG.', 'abcdefghijklmnopqrstuv', '.', 'abcdefghijklmnopqrstuvwxyz0123456789'),
  fake('npm_', 'abcdefghijklmnopqrstuvwxyz0123456789'),
  fake('hf_', 'abcdefghijklmnopqrstuvwxyzABCDEFGH'),
  fake('whsec_', 'abcdefghijklmnopqrstuvwxyz012345'),
];
const PEM = [
  '-----BEGIN RSA PRIVATE KEY-----',
  'MIIBOgIBAAJBAK',
  'abc+/=',
  '-----END RSA PRIVATE KEY-----',
];

describe('what is masked', () => {
  test.each(KEYS)('a key of a known maker: %s', (key) => {
    expect(maskText(`using ${key}, then "${key}" (${key})`)).toBe(
      'using <secret>, then "<secret>" (<secret>)',
    );
    expect(maskText(key)).toBe('<secret>');
  });

  test.each([
    [`token ${JWT} expired`, 'token <jwt> expired'],
    [`Authorization: Bearer ${JWT}`, 'Authorization: Bearer <secret>'],
    ['authorization=Basic dXNlcjpwYXNzd29yZA==', 'authorization=Basic <secret>'],
    ['sent Bearer abc123def456ghi789 to x', 'sent Bearer <secret> to x'],
    ['password=hunter2 user=bob', 'password=<secret> user=bob'],
    ['db.password: "a b c", next', 'db.password: "<secret>", next'],
    [String.raw`{\"api_key\":\"k-1\",\"a\":1}`, String.raw`{\"api_key\":\"<secret>\",\"a\":1}`],
    ["{'client_secret': 'x', 'n': 2}", "{'client_secret': '<secret>', 'n': 2}"],
    ['-Ddb.password=example-not-real -cp x', '-Ddb.password=<secret> -cp x'],
    ['["run","--password","hunter2","-v"]', '["run","--password","<secret>","-v"]'],
    ['mysql --password hunter2 -h db', 'mysql --password <secret> -h db'],
    ['AWS_SECRET_ACCESS_KEY=abcd/efgh+ij', 'AWS_SECRET_ACCESS_KEY=<secret>'],
    ['postgres://app:s3cret@db:5432/x', 'postgres://<secret>@db:5432/x'],
    ['amqp://:pw@mq', 'amqp://<secret>@mq'],
    ['GET /a?access_token=ab12cd34ef&x=1', 'GET /a?access_token=<secret>&x=1'],
    ['X-Amz-Signature=0a1b2c3d4e5f6071', 'X-Amz-Signature=<secret>'],
    ['AccountKey=abc==;Endpoint=x', 'AccountKey=<secret>;Endpoint=x'],
    ['Cookie: sid=abc; theme=dark\nnext', 'Cookie: <secret>\nnext'],
    ['Set-Cookie: a=b; Path=/', 'Set-Cookie: <secret>'],
    ['mail to ann.lee+x@mail.example.com failed', 'mail to <email> failed'],
    ['<ann@example.org>', '<<email>>'],
    ['card 4111 1111 1111 1111 declined', 'card <card> declined'],
    ['card=4111-1111-1111-1111;', 'card=<card>;'],
    ['(378282246310005)', '(<card>)'],
    ['3782 822463 10005', '<card>'],
    ['try 3 4111 1111 1111 1111 7', 'try 3 <card> 7'],
    ['order42 4111111111111111', 'order42 <card>'],
    ['to GB82 WEST 1234 5698 7654 32 now', 'to <iban> now'],
    ['DE89370400440532013000.', '<iban>.'],
    [PEM.join('\n'), '<private-key>'],
    [`key ${PEM.join('\\n')} end`, 'key <private-key> end'],
    [`cut ${PEM.slice(0, 2).join('\n')}`, 'cut <private-key>'],
  ])('%j', (line, masked) => {
    expect(maskText(line)).toBe(masked);
    expect(maskText(masked)).toBe(masked);
  });

  test('is the value of an attribute by its name, also of a resource', () => {
    const record = storedLog(
      {
        body: text('pay with 4111111111111111'),
        attributes: attributes({
          'db.password': text('hunter2'),
          'http.request.header.authorization': text('Basic x'),
          card: { intValue: 4_111_111_111_111_111 },
          'exception.message': text('no key sk-proj-abcdefghijklmnopqrstuvwx'),
          'exception.type': text('ann@example.org'),
          note: { arrayValue: { values: [text('--password'), text('hunter2')] } },
          input_tokens: { intValue: 1_200 },
        }),
      },
      {
        'service.name': text('ann@example.org'),
        'process.command_args': { arrayValue: { values: [text('-Ddb.password=x1'), text('-v')] } },
      },
    );
    expect(record).toMatchObject({
      text: 'pay with <card>',
      stack: '<email>: no key <secret>',
      exceptionType: '<email>',
      source: { service: '<email>' },
      attributes: {
        'db.password': '<secret>',
        'http.request.header.authorization': '<secret>',
        card: '<card>',
        note: '["--password","<secret>"]',
        input_tokens: 1_200,
      },
      resource: { 'process.command_args': '["-Ddb.password=<secret>","-v"]' },
    });
  });
});

describe('what is not masked', () => {
  test.each([
    'PacketResponder 1 for block blk_38865049064139660 terminating',
    'blk_-6952295868487656571 size 67108864 at 1795991409461000000',
    'order 4111111111111112 of 2026-11-30T08:00:00.000Z',
    'trace 32046833977abd993e15c736ec20928a span 42201e2269bab9d7',
    'request 0b5a2f6e-9f21-4804-ae9a-d66558764740 done',
    'Failed password for root from 10.0.0.1 port 22 ssh2',
    'invalid password: expired',
    'password=null token= secret: *** apiKey=<secret>',
    'Unexpected token: expected ) but got ;',
    'Bad activity token: android.os.BinderProxy@2bd79ce',
    'ACTIVITY check resid: com.example.android.notepad, size=0',
    'getty@tty1.service started, icon@2x.png, user@host',
    'basic auth is off; the bearer of bad news',
    'key: value, primary_key=5, partitionKey=USER#1',
    'http://a:8080/b@c and a@b',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    'phones 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9',
    'DE00370400440532013000 GB82 TEST',
    'author=ann coauthor: bob authority: x',
  ])('%j', (line) => {
    expect(maskText(line)).toBe(line);
  });

  test('a number passes as a card only with its scheme and check digit', () => {
    expect(isCardNumber('4111111111111111')).toBe(true);
    expect(isCardNumber('4111111111111112')).toBe(false);
    // Right by Luhn, but nobody gives them out.
    expect(isCardNumber('1111111111111117')).toBe(false);
    expect(hasIbanCheck('GB82WEST12345698765432')).toBe(true);
    expect(hasIbanCheck('GB28WEST12345698765432')).toBe(false);
  });
});

describe('masking', () => {
  test('keeps the shape: whatever the secret is, the rest of the text is the same', () => {
    const name = fc.stringMatching(/^[a-z]{1,12}$/);
    const lines: readonly ((value: string) => string)[] = [
      (value) => `login of ${value}@example.com failed (3 tries)`,
      (value) => `retry {"password":"${value}","n":[1]}`,
      (value) => `x ${fake('ghp_', value.padEnd(36, 'A'))} y`,
    ];
    for (const line of lines)
      fc.assert(
        fc.property(name, name, (left, right) => {
          fc.pre(
            !/^(?:null|nil|none|true|false|yes|no|set|unset|empty|x{3,}|missing|required|invalid|expired|undefined)$/.test(
              left + right,
            ) &&
              left.length > 5 &&
              right.length > 5,
          );
          expect(maskText(line(left))).toBe(maskText(line(right)));
        }),
        { numRuns: 200 },
      );
  });

  test('twice is masking once', () => {
    const part = fc.constantFrom(
      ...KEYS,
      JWT,
      'a@b.cd',
      'password=',
      '"',
      'x1y2z3w4',
      ' ',
      ':',
      '4111111111111111',
      'Bearer ',
      '://u:',
      '@h',
      '--secret',
      '\\',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const masked = maskText(parts.join(''));
        expect(maskText(masked)).toBe(masked);
      }),
      { numRuns: 3_000 },
    );
  });

  test('reads each character a bounded number of times, whatever the text holds', () => {
    const pieces = [
      '=',
      ':',
      '@',
      '"',
      ' ',
      '1',
      'a',
      'key',
      'password',
      'token="',
      'eyJ',
      '-',
      '-----BEGIN PRIVATE KEY-----',
      '4111 ',
      'DE89 ',
      'Bearer ',
      'cookie:',
      'a=',
      '://',
      '.',
      'A1',
      '\\"',
      "'",
      'SG.',
      '--password ',
    ];
    const stepsOf = (line: string): number => {
      const work = { steps: 0 };
      maskText(line, work);
      return work.steps;
    };
    for (const left of pieces)
      for (const right of ['', ...pieces]) {
        const line = (left + right).repeat(Math.ceil(40_000 / (left.length + right.length)));
        expect(stepsOf(line) / line.length, left + right).toBeLessThan(40);
        expect(stepsOf(line.slice(0, line.length / 2)) / line.length, left + right).toBeLessThan(
          40,
        );
      }
  });

  test('by patterns of a project comes after ours', () => {
    const masker = createMasker((line) => line.replaceAll(/EMP-\d{6}/g, '<employee>'));
    expect(masker.text('EMP-123456 wrote to a@b.cd')).toBe('<employee> wrote to <email>');
    expect(masker.value('who', 'EMP-123456')).toBe('<employee>');
  });
});
