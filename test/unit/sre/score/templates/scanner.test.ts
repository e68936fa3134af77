import { describe, expect, test } from 'vitest';
import { MINER_LIMITS } from '../../../../../lambdas/sre/score/templates/limits.ts';
import { createMiner } from '../../../../../lambdas/sre/score/templates/miner.ts';
import { Scanner } from '../../../../../lambdas/sre/score/templates/scanner.ts';
import { charactersRead } from '../../../../support/hostile-lines.ts';

const templateOf = (line: string): string => createMiner().mine(line).template;

describe('a line becomes words and variables', () => {
  test.each([
    ['Reading broadcast variable 9 took 160 ms', 'Reading broadcast variable <*> took <*>'],
    ['took 1,234,567 bytes and 3 seconds', 'took <*> and <*>'],
    ['Loaded C:\\Windows\\System32\\x.dll, version 6.1', 'Loaded <*>, version <*>'],
    ['GET https://a.example/v1?id=1,2;x=3 -> 502 in 30ms', 'GET <*> in <*>'],
    ['cannot stat ~/x/y: denied', 'cannot stat <*>: denied'],
    ['read/write and I/O stay words', 'read/write and I/O stay words'],
    ['sent to bob@example.com', 'sent to <*>'],
    ['mac 00:1a:2b:3c:4d:5e and aa:bb:cc:dd:ee:ff seen', 'mac <*> and <*> seen'],
    ['fe80::1 answers, 2001:db8::ff00:42:8329 does not', '<*> answers, <*> does not'],
    ['host kafka.internal:9092 is up', 'host <*> is up'],
    ['port:80 open', 'port:<*> open'],
    ['commit deadbeef is good, feedback is welcome', 'commit <*> is good, feedback is welcome'],
    ['enabled: true, left: null', 'enabled: <*>, left: <*>'],
    ['at Sat Jun 18 02:08:10 2005', 'at <*>'],
    ["User 'alice smith' doesn't exist", "User '<*>' doesn't exist"],
    ['uid=0 ruser= rhost=x user=root', 'uid=<*> ruser=<*> rhost=<*> user=<*>'],
    ['next = Foo(bar=1, baz=[x]), last = {a: 1}', 'next = <*>, last = <*>'],
    ['r24=0x1 r25=0x2', 'r<*>=<*> r<*>=<*>'],
    ['if (a == b) then c => d', 'if (a == b) then c => d'],
    ['stations [shanghai, suzhou] of []', 'stations <*> of <*>'],
    ['trips: [Trip(id=1, to=a), Trip(id=2, to=b)] found', 'trips: <*> found'],
    ['rows [{a: 1}, {a: 2}] read, [[ACTIVE] thread] too', 'rows <*> read, [[ACTIVE] thread] too'],
    ['result map: {G1=2, Z7=3}', 'result map: {<*>}'],
    ['at Mon Jan 30 19:39:03 CST 2023', 'at <*>'],
    ['[main] INFO started', '[main] INFO started'],
    [
      '11: com.jcraft.jsch.JSchException: Auth fail',
      '<*>: com.jcraft.jsch.JSchException: Auth fail',
    ],
    ['checking ns.example.com [10.0.0.1] failed', 'checking <*>] failed'],
    ['core configuration register: 0x1', 'core configuration register: <*>'],
    [
      'auxiliary processor.........................0',
      'auxiliary processor.........................<*>',
    ],
    ['flush2Disk is a name, n2d7 is none', 'flush2Disk is a name, <*> is none'],
    ['用户 登录 成功：id 42，来自 10.0.0.1', '用户 登录 成功：id <*>，来自 <*>'],
    ['', ''],
    ['   ', ''],
    ['42', '<*>'],
  ])('%s', (line, template) => {
    expect(templateOf(line)).toBe(template);
  });

  test('members of JSON and logfmt keep their keys, and the message is read', () => {
    expect(
      templateOf('{"level":"error","msg":"failed to reach db 7","user":"bob","meta":{"id":5}}'),
    ).toBe('{"level":"<*>","msg":"failed to reach db <*>","user":"<*>","meta":{"id":<*>}}');
    expect(templateOf('level=info msg="user logged in" user=alice')).toBe(
      'level=<*> msg="user logged in" user=<*>',
    );
    expect(templateOf('12 "Syncing pod" pod="default/nginx"')).toBe('<*> "Syncing pod" pod="<*>"');
    expect(templateOf('10.0.0.1 - "GET /a HTTP/1.0" 200 "http://x/" done')).toBe(
      '<*> - "GET <*>" done',
    );
  });

  test('a value does not change the skeleton, its absence neither', () => {
    const miner = createMiner();
    const { id } = miner.mine('logname= uid=0 rhost=');
    expect(miner.mine('logname=x uid=17 rhost=10.0.0.1').id).toBe(id);
    expect(miner.mine('logname= uid=17 rhost=a.b.example').id).toBe(id);
  });
});

describe('the scan is bounded', () => {
  const hostile: readonly (readonly [string, string])[] = [
    ['open quotes', '"a '],
    ['open brackets', '[({ '],
    ['values without end', 'a=( '],
    ['single quotes', "' a'b "],
    ['escaped quotes', '"\\" '],
    ['dots', '. .. a.'],
    ['colons', 'ab:cd:ef:'],
    ['lists', '[a,'],
    ['paths', '/a//b '],
    ['long words', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaa'],
    ['keys', '"k":'],
    ['slashes', '\\/'],
  ];

  test.each(hostile)(
    'of %s each character is read a few times, and those past the limit never',
    (_, part) => {
      const scanner = new Scanner();
      const line = part.repeat(Math.ceil(1_000_000 / part.length));
      const read = charactersRead(() => scanner.scan(line));
      expect(read).toBeLessThan(MINER_LIMITS.lineCharsMax * 24);
      expect(scanner.skeleton.tokenCount).toBeLessThanOrEqual(MINER_LIMITS.tokensMax + 1);
    },
  );

  test('marks of the skeleton in a line are spaces', () => {
    expect(templateOf('a \u0001 b\u0002c \u0003 d\u0000e')).toBe('a \u0001 b\u0002c \u0003 d e');
    expect(createMiner().mine('a \u0001 b').id).toBe(1);
    const miner = createMiner();
    expect(miner.mine('took \u0001 now').id).not.toBe(miner.mine('took 5 now').id);
  });
});
