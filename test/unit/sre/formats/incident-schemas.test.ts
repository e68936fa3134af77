import { expect, test } from 'vitest';
import {
  patchIncidentBody,
  silenceBody,
} from '../../../../lambdas/sre/formats/incident-schemas.ts';

const HOSTILE = 'a\u001b]0;title\u0007\u202eb\n  c\td\r\n漢 👩‍👩‍👧';
const SHOWN = 'a ]0;title b\n  c\td\n漢 👩‍👩‍👧';

test('a note, an assignee and a reason are kept as they are written, without what moves a cursor or turns text around', () => {
  expect(patchIncidentBody.parse({ note: HOSTILE, assignee: HOSTILE })).toMatchObject({
    note: SHOWN,
    assignee: SHOWN,
  });
  const silence = { pattern: {}, until: 1, reason: HOSTILE };
  expect(silenceBody.parse(silence).reason).toBe(SHOWN);
});

test('one that shows nothing is refused', () => {
  for (const body of [{ note: '\u202e' }, { assignee: '\u200b' }, { note: '' }])
    expect(patchIncidentBody.safeParse(body).success).toBe(false);
});
