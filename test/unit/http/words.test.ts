import { describe, expect, test } from 'vitest';
import { keyAsOf, type KeyState } from '../../../lambdas/ledger/domain/key.ts';
import { packHold, unpackHold } from '../../../lambdas/ledger/domain/hold.ts';
import { refusalOf } from '../../../lambdas/ledger/domain/refusal.ts';
import { resetsAtMs, windowOf, windowsAt } from '../../../lambdas/ledger/domain/window.ts';
import { corsHeaders, preflightHeaders } from '../../../lambdas/http/cors.ts';
import { errorBody } from '../../../lambdas/http/errors.ts';
import { AppError, ERROR_TABLE } from '../../../lambdas/shared/app-error.ts';
import { decodeCursor, encodeCursor } from '../../../lambdas/shared/cursor.ts';
import { newHoldId, newKeyId, parseRequestId, requestIdOf } from '../../../lambdas/shared/ids.ts';

describe('budget windows', () => {
  test.each([
    [Date.UTC(2026, 11, 28), '2026-W53'],
    [Date.UTC(2027, 0, 3, 23, 59, 59), '2026-W53'],
    [Date.UTC(2027, 0, 4), '2027-W01'],
    [Date.UTC(2024, 11, 30), '2025-W01'],
    [Date.UTC(2022, 0, 1), '2021-W52'],
  ])('the ISO week of %d is %s: the year is that of its Thursday', (atMs, week) => {
    expect(windowOf('week', atMs)).toBe(week);
  });

  test('a day has 24 hours of UTC on the days when clocks change', () => {
    for (const day of [Date.UTC(2026, 2, 29), Date.UTC(2026, 9, 25), Date.UTC(2026, 2, 8)]) {
      expect(resetsAtMs('day', day)).toBe(day + 86_400_000);
      expect(windowOf('day', day + 86_399_999)).toBe(windowOf('day', day));
    }
  });

  test('ids of different periods never collide, and a lifetime never resets', () => {
    for (let atMs = Date.UTC(2026, 0, 1); atMs < Date.UTC(2027, 1, 1); atMs += 86_400_000)
      expect(new Set(Object.values(windowsAt(atMs))).size).toBe(4);
    expect(resetsAtMs('lifetime', 0)).toBeNull();
  });

  test('a reader sees the budget reset when its period began anew, before any write', () => {
    const key: KeyState = {
      keyId: 'key_1',
      projectId: 'p',
      userId: null,
      scope: 'standard',
      status: 'active',
      allowedModels: null,
      capNanoUsd: 100,
      isProjectCapped: false,
      sources: null,
      period: 'day',
      window: '2026-11-24',
      availableNanoUsd: 10,
      spentNanoUsd: 80,
      heldNanoUsd: 10,
      holdCount: 1,
      rpm: 1,
      maxConcurrency: 1,
      expiresAtMs: null,
      warnAt: [],
      onOversize: 'refuse' as const,
      tier: null,
      ingestBytesADay: 1,
    };
    expect(keyAsOf(key, Date.UTC(2026, 10, 25))).toMatchObject({
      spentNanoUsd: 0,
      availableNanoUsd: 100,
    });
    expect(keyAsOf(key, Date.UTC(2026, 10, 23))).toBe(key);
  });
});

describe('ids and cursors', () => {
  test('a request id names its key and hold, and nothing else is one', () => {
    const [keyId, holdId] = [newKeyId(), newHoldId(Date.now())];
    expect(parseRequestId(requestIdOf(keyId, holdId))).toEqual({ keyId, holdId });
    for (const text of [
      requestIdOf(null, holdId),
      'req_',
      `${requestIdOf(keyId, holdId)}0`,
      'REQ_X',
    ])
      expect(parseRequestId(text)).toBeNull();
  });

  test('hold ids sort by time', () => {
    const ids = [1, 2, 3].map((step) => newHoldId(Date.UTC(2026, 0, step)));
    expect(ids.toSorted()).toEqual(ids);
  });

  test('a cursor is read back, and whatever else is refused', () => {
    expect(decodeCursor(encodeCursor(['a|#', 'é']), 2)).toEqual(['a|#', 'é']);
    for (const wrong of [
      '',
      '!',
      encodeCursor(['a']),
      encodeCursor(['a', '']),
      Buffer.from('[1,2]').toString('base64url'),
    ])
      expect(() => decodeCursor(wrong, 2)).toThrow(
        expect.objectContaining({ code: 'cursor_invalid' }),
      );
  });

  test('a packed hold is read back, whatever its words hold', () => {
    const hold = {
      amountNanoUsd: 5,
      window: '2026-11',
      heldAtMs: 1,
      expiresAtMs: 2,
      provider: 'a|b',
      model: 'm%7C|x',
      feature: 'é|',
      witness: { pk: 'P#a%7C#U#_#T#thread_1', sk: 'RUN#0000000002' },
    };
    expect(unpackHold(packHold(hold))).toEqual(hold);
    expect(
      unpackHold(packHold({ ...hold, window: null, feature: null, witness: null })),
    ).toMatchObject({
      window: null,
      feature: null,
      witness: null,
    });
  });
});

describe('an error', () => {
  const error = new AppError({
    code: 'key_cap_exceeded',
    publicMessage: 'words',
    internal: 'secret',
    facts: { cap_micros: 5 },
  });
  test.each([
    [
      'openai',
      {
        error: {
          message: 'words',
          type: 'billing_error',
          code: 'key_cap_exceeded',
          param: null,
          cap_micros: 5,
          request_id: 'r',
        },
      },
    ],
    [
      'anthropic',
      {
        type: 'error',
        error: { type: 'billing_error', message: 'words', code: 'key_cap_exceeded', cap_micros: 5 },
        request_id: 'r',
      },
    ],
    [
      'elevenlabs',
      {
        detail: {
          type: 'billing_error',
          code: 'key_cap_exceeded',
          status: 'key_cap_exceeded',
          message: 'words',
          cap_micros: 5,
          request_id: 'r',
        },
      },
    ],
    [
      'native',
      {
        error: {
          type: 'billing_error',
          code: 'key_cap_exceeded',
          message: 'words',
          cap_micros: 5,
          request_id: 'r',
        },
      },
    ],
  ] as const)('in the dialect %s has its shape and nothing internal', (dialect, body) => {
    expect(errorBody(dialect, error, 'r')).toEqual(body);
  });

  test('no status that an SDK retries is given to a lack of money', () => {
    for (const [code, { status }] of Object.entries(ERROR_TABLE))
      if (/cap|budget/.test(code)) expect(status, code).toBe(402);
  });
});

describe('which clause refused', () => {
  const key = {
    secretMatches: true,
    status: 'active' as const,
    validUntilMs: 10,
    isCaller: true,
    models: null,
    capNanoUsd: 100,
    spentNanoUsd: 40,
    availableNanoUsd: 60,
    holdCount: 0,
    maxConcurrency: 1,
    callsThisMinute: 0,
    rpm: 1,
  };
  test.each([
    [{}, 60, null],
    [{}, 61, 'cap_exceeded'],
    [{}, 101, 'exceeds_cap'],
    [{ availableNanoUsd: 20 }, 60, 'in_flight'],
    [{ availableNanoUsd: 20 }, 61, 'cap_exceeded'],
    [{ callsThisMinute: 1 }, 1, 'rate_limited'],
    [{ holdCount: 1 }, 1, 'concurrency_limited'],
    [{ secretMatches: false, status: 'revoked' as const }, 1, 'invalid_key'],
    [{ isCaller: false, secretMatches: false }, 1, 'invalid_key'],
    [{ isCaller: false }, 101, 'other_scope'],
  ])('%j and %d: %s', (fields, amountNanoUsd, reason) => {
    expect(refusalOf({ ...key, ...fields }, { amountNanoUsd, model: 'm', nowMs: 1 })).toBe(reason);
  });
});

describe('CORS', () => {
  test('any origin, or those that are listed, and what a browser may read by name', () => {
    expect(corsHeaders('*', 'https://a.example')).toMatchObject({
      'access-control-allow-origin': '*',
    });
    const listed = corsHeaders('https://a.example, https://b.example', 'https://b.example');
    expect(listed).toMatchObject({
      'access-control-allow-origin': 'https://b.example',
      vary: 'origin',
    });
    expect(listed['access-control-expose-headers']).toContain('x-sluice-cost-micros');
    expect(corsHeaders('https://a.example', 'https://evil.example')).toEqual({});
  });

  test('asked headers are reflected, unless they are no header names', () => {
    const asked = 'x-stainless-os, anthropic-beta,authorization';
    expect(preflightHeaders(asked)['access-control-allow-headers']).toBe(asked);
    for (const wrong of [undefined, 'a\r\nset-cookie: x', ''])
      expect(preflightHeaders(wrong)['access-control-allow-headers']).toBe(
        'authorization, content-type, x-api-key',
      );
  });
});
