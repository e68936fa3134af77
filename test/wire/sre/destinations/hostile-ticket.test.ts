import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Ticket } from '../../../../lambdas/sre/tickets/ticket.ts';
import { blocksProblem, textsOf as blockTexts } from '../../../support/slack-blocks.ts';
import { adfProblem } from '../../../support/jira-adf.ts';
import { WIRES_UNDER_TEST } from '../../../support/sre/destination-wires.ts';
import { effectsOf, textsOf } from '../../../support/sre/shown-effects.ts';
import { answeredParts, sourceOf, ticketOf } from '../../../support/sre/tickets.ts';
import { contractProblem } from '../../../support/strict/contract.ts';
import { isObject, objectOf } from '../../../support/stand-in.ts';

const PIECES = [
  '<!here>',
  '<!channel|x>',
  '@channel',
  '@here',
  '<@U123>',
  '<#C1|x>',
  '<https://evil.example|pay>',
  '&lt;!here&gt;',
  'https://evil.example/a?b=1',
  'http://evil.example',
  'www.evil.example',
  'mailto:a@evil.example',
  'javascript:alert(1)',
  '[pay|https://evil.example]',
  '[~admin]',
  '[~accountid:1]',
  '!https://evil.example/x.png!',
  '{noformat}',
  '{NoFormat}',
  '{code}',
  '{html}x{html}',
  '{ {noformat}noformat}',
  '\\{noformat}',
  '||a||',
  'h1. x',
  '----',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><a href="https://evil.example">',
  "'",
  '`',
  '```',
  '*b*',
  '_i_',
  '~s~',
  '[code]<b>x</b>[/code]',
  '[CODE]',
  '[ code]',
  '@[u:1]',
  '{"type":"mention"}',
  '\u202Eevil',
  '\u2066\u200F',
  '\u200B',
  '\u0000',
  '\u0007',
  '\u001B[31m',
  '\r\n',
  '\n\n',
  '\u2028',
  '\uD83D',
  '😀',
  '漢字',
  '&',
  '<',
  '>',
  '^',
  '=',
  '\\',
  'x'.repeat(300),
  ' ',
] as const;
const text = fc
  .array(fc.constantFrom(...PIECES), { minLength: 0, maxLength: 12 })
  .map((pieces) => pieces.join(''));
const long = fc.oneof(
  { weight: 9, arbitrary: text },
  { weight: 1, arbitrary: text.map((part) => `${part} a&"'<{\\[`.repeat(5_000)) },
);
const list = fc.array(long, { maxLength: 30 });
/** Claims as if nobody had cleaned them. */
const said = fc.array(
  fc.record({ text: long, cites: fc.array(text, { minLength: 1, maxLength: 4 }) }),
  { maxLength: 6 },
);
const url = fc.constantFrom(
  null,
  'https://ok.example/a|b]c"d>e',
  'javascript:alert(1)',
  'https://a:b@evil.example',
  'evil',
  'data:text/html,x',
);

const tickets: fc.Arbitrary<Ticket> = fc
  .record({
    title: long,
    why: list,
    environment: long,
    acknowledgedBy: fc.option(long),
    affected: list,
    chain: list,
    evidence: fc.array(
      fc.record({ recordId: text, atMs: fc.constant(1e12), service: long, text: long, url }),
      { maxLength: 8 },
    ),
    cause: fc.option(
      fc.record({
        suspect: fc.record({ source: long.map(sourceOf), score: fc.constant(1), because: list }),
        confidence: fc.constant(3),
      }),
    ),
    gaps: list,
    timeline: fc.array(
      fc.record({ atMs: fc.constant(1e12), source: fc.option(long.map(sourceOf)), what: long }),
      { maxLength: 20 },
    ),
    suggestedFix: fc.option(long),
    diagnosis: fc.option(
      fc.record({
        kind: fc.constant('given' as const),
        model: text,
        confidence: fc.constant('high' as const),
        summary: said,
        rootCause: said,
        blastRadius: said,
        fixSteps: said,
        droppedClaims: fc.constant(0),
      }),
    ),
    runbook: fc.option(fc.record({ name: long, text: long, steps: list })),
    remediations: fc.array(
      fc.record({
        id: fc.constant('remediation_1'),
        title: long,
        state: fc.constantFrom('waiting', 'succeeded', 'unknown' as const),
        target: long,
        sent: fc.constantFrom(null, 'service=checkout'),
        planHash: fc.constant('a'.repeat(64)),
        result: fc.option(long),
      }),
      { maxLength: 6 },
    ),
    runbookUrl: url,
    consoleUrl: url,
    state: fc.constantFrom('identified', 'acknowledged', 'resolved' as const),
    band: fc.constantFrom('critical', 'high', 'medium', 'low' as const),
  })
  .map((over) => ticketOf(over));

/** What the vendor refuses, or cuts without a word. */
const LIMITS: Readonly<Record<string, (body: Record<string, unknown>) => string | null>> = {
  pagerduty: (body) =>
    contractProblem('pagerduty-event', body) ??
    tooLong(isObject(body['payload']) ? body['payload']['summary'] : '', 1_024),
  opsgenie: (body) =>
    contractProblem('opsgenie-create', body) ??
    tooLong(body['message'], 130) ??
    tooLong(body['description'], 15_000),
  slack: (body) =>
    blocksProblem(body['blocks']) ??
    tooLong(blockTexts(body['blocks']).join(''), 12_000) ??
    tooLong(body['text'], 3_000),
  jira: (body) => {
    const fields = isObject(body['fields']) ? body['fields'] : {};
    return (
      adfProblem(fields['description']) ??
      tooLong(JSON.stringify(fields['description']), 32_767) ??
      tooLong(fields['summary'], 254)
    );
  },
  jira_data_center: (body) => {
    const fields = isObject(body['fields']) ? body['fields'] : {};
    return tooLong(fields['description'], 32_767) ?? tooLong(fields['summary'], 254);
  },
  servicenow: (body) =>
    tooLong(body['short_description'], 160) ?? tooLong(body['description'], 4_000),
  zammad: (body) => tooLong(body['title'], 250),
};

const tooLong = (value: unknown, max: number): string | null =>
  typeof value === 'string' && value.length > 0 && value.length <= max
    ? null
    : `is empty, or longer than ${max}`;

/** Directions, controls but the breaks of lines, halves of pairs. */
const UNSEEN = /[\u202A-\u202E\u2066-\u2069\u200B\u200F]|[^\P{Cc}\n]|\p{Cs}/u;

describe.each(WIRES_UNDER_TEST)('a hostile ticket in $name', ({ name, parts, wire }) => {
  const bodyOf = async (ticket: Ticket): Promise<Record<string, unknown>> => {
    const asked = answeredParts(parts, () => ({ kind: 'lost', reason: 'x' }));
    await wire(asked).open(ticket, 'attempt');
    return objectOf(asked.sent[0]?.body ?? '') ?? {};
  };

  test('calls nobody, leads nowhere that is not ours, and keeps to every limit', async () => {
    await fc.assert(
      fc.asyncProperty(tickets, async (ticket) => {
        const body = await bodyOf(ticket);
        expect(LIMITS[name]?.(body)).toBeNull();
        const { pings, links } = effectsOf(parts.destination.kind, body);
        expect(pings).toEqual([]);
        for (const link of links)
          expect(link).toMatch(/^https:\/\/ok\.example\/a%7Cb%5Dc%22d%3Ee$/);
        for (const shown of textsOf(body)) expect(shown).not.toMatch(UNSEEN);
        expect(JSON.stringify(body).length).toBeLessThan(100_000);
      }),
      { numRuns: 150, seed: 14 },
    );
  });

  test('of a text that is no markup keeps it readable', async () => {
    const texts = textsOf(
      await bodyOf(ticketOf({ title: 'a_b-c: 5 * 3 [x] is down', gaps: ['{"a": 1}'] })),
    );
    expect(texts.join('\n')).toContain('a_b-c: 5 * 3 [x] is down');
    expect(texts.join('\n').replaceAll('&quot;', '"')).toContain('{"a": 1}');
  });
});
