import { describe, expect, test } from 'vitest';
import { maskByRules, maskText } from '../../../../lambdas/sre/in/mask/mask-text.ts';
import { mayHoldSecret } from '../../../../lambdas/sre/in/mask/may-hold.ts';
import { hostileLine, randomOf } from '../../../support/hostile-lines.ts';

/** Another seed: SLUICE_FUZZ_SEED. */
const SEED = Number(process.env['SLUICE_FUZZ_SEED'] ?? 1);

/** What rules look for, whole and in part, and what stands around it. */
const PARTS =
  `password db.password api_key Authorization Bearer bearer Basic token secret passphrase cookie pass --password
-Ddb.password 4111111111111111 4111-1111-1111-1111 4111 1111 411111111111 5500005555555559 GB82 WEST 1234 5698 7654 32
GB82WEST12345698765432 -----BEGIN RSA PRIVATE KEY----- -----END a.person@example.org u:p@ss@host dXNlcjpwYXNzd29yZA==
abc123def456ghi789 hunter2 s3cr3tV4lue99 <password> </password> password> JSESSIONID eyJhbGciOiJI.eyJzdWIi.c2ln eyJ executor
for user 2026-12-01 04:08:07,123 10.0.0.1:8080 ſecret Ke\u0301y \u212aey \u0130d \ud83d É1`.split(
    /\s/,
  );

/** The heads of all makers' tokens, in parts, so that no scanner of repositories takes them for real ones. */
const HEADS =
  `sk- sk-ant- sk-proj- sk-svcacct- sk_live_ sk_test_ rk_live_ rk_test_ slk_live_ slk_test_ whsec_ gho_ ghp_ ghu_ ghs_ ghr_
github_pat_ glpat- glrt- gldt- glsoat- xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs- xapp- npm_ hf_ pypi- dop_v1_ doo_v1_ dckr_pat_
lin_api_ lsv2_pt_ lsv2_st_ GOCSPX- shpat_ shpca_ shppa_ shpss_ rubygems_ tskey-auth- pat-na1- AGE-SECRET-KEY- PMAK- NRAK-
sntrys_ figd_ glsa_ r8_ gsk_ xai- pplx- tvly- fo1_ FlyV1`.split(/\s/);

const SIGNS = ['', ' ', '=', ': ', '-', '/', '"', '>', ' : '] as const;

describe('the look before the rules', () => {
  test('says no only where no rule finds anything: 60,000 lines', () => {
    let passed = 0;
    for (let index = 0; index < 60_000; index += 1) {
      const seed = SEED * 1_000_003 + index;
      const random = randomOf(seed);
      const pick = (from: readonly string[]): string => from[random(from.length)] ?? '';
      let line = random(3) === 0 ? hostileLine(random) : '';
      for (let left = random(6); left > 0; left -= 1) line += pick(PARTS) + pick(SIGNS);
      if (mayHoldSecret(line)) continue;
      passed += 1;
      expect([seed, maskByRules(line)]).toEqual([seed, line]);
    }
    // It would be of no use if it said yes to most of them.
    expect(passed).toBeGreaterThan(20_000);
  });

  test.each(HEADS)('lets a token by that begins with %s', (head) => {
    const token = `${head}${'a1B2c3D4'.repeat(4)}`;
    expect(maskText(`using ${token}, then`)).toBe('using <secret>, then');
  });

  test('lets by what has two capitals before it', () => {
    for (const head of ['AKIA', 'ASIA', 'ABIA', 'ACCA'])
      expect(maskText(`id ${head}${'ABCDEFGH'.repeat(2)}`)).toBe('id <secret>');
    for (const head of ['AC', 'SK'])
      expect(maskText(`id ${head}${'0123abcd'.repeat(4)}`)).toBe('id <secret>');
    expect(maskText(`id AIza${'Sy0_-'.repeat(7)}`)).toBe('id <secret>');
  });

  test('asks nothing of ordinary lines', () => {
    for (const line of [
      'Received block blk_3587508140051953248 of size 67108864 from /10.251.42.84',
      'instruction cache parity error corrected at 0x0b85eee0',
      'proxy.cse.cuhk.edu.hk:5070 close, 451 bytes sent, 18846 bytes (18.4 KB) received, lifetime 00:03',
      '2026-12-01 04:08:07,123 worker-7 done: 12 orders in 40 ms',
    ])
      expect(mayHoldSecret(line)).toBe(false);
  });
});
