import { describe, expect, test } from 'vitest';
import { claimText } from '../../../../lambdas/sre/diagnose/claim-text.ts';
import { createMasker } from '../../../../lambdas/sre/in/mask/masker.ts';

const { text: mask } = createMasker();

describe('words of a model', () => {
  test.each([
    ['mention a channel of Slack', 'now <!channel> and @here', 'now < !channel> and @ here'],
    ['mention a person', '<@U123> @ada @[u:1] [~ada]', '< @ U123> @ ada @ [u:1] [ ~ada]'],
    ['are no tag', '<script>x</script><img src=x>', '< script>x< /script>< img src=x>'],
    ['lead nowhere', 'see https://evil.example/x', 'see https: //evil.example /x'],
    ['lead nowhere without a scheme', 'see evil.example/pay now', 'see evil.example /pay now'],
    ['are no link of Markdown', '[pay](http://evil.example)', '[pay] (http: //evil.example)'],
    ['are one line', 'a\r\nb\u2028c\u202Ed', 'a b cd'],
    [
      'keep what is no markup',
      'p95 < 20 ms, 5 > 3, a_b at 10:15',
      'p95 < 20 ms, 5 > 3, a_b at 10:15',
    ],
  ])('%s', (_name, said, shown) => {
    expect(claimText(said, mask)).toBe(shown);
  });

  test('are cut, however much their marks are pulled apart', () => {
    expect(claimText('<@'.repeat(5_000), mask).length).toBeLessThanOrEqual(400);
  });

  test('hide what is hidden in telemetry', () => {
    expect(claimText('password=hunter2hunter2', mask)).not.toContain('hunter2');
  });
});
