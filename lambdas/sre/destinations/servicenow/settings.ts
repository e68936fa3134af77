import { withoutEnd } from '../../../shared/characters.ts';
import * as z from 'zod';

export const serviceNowSettings = z
  .strictObject({
    /** Of the instance: https://example.service-now.com */
    url: z.url({ protocol: /^https?$/ }),
    /** A name or a sys_id. */
    assignment_group: z.string().min(1).max(100).optional(),
    caller_id: z.string().min(1).max(100).optional(),
    /** Of the list of the instance: what a resolved incident must have. */
    close_code: z.string().min(1).max(60).default('Solution provided'),
  })
  .transform(({ url, assignment_group: group, caller_id: caller, close_code: closeCode }) => ({
    url: withoutEnd(url, '/'),
    closeCode,
    fields: {
      ...(group === undefined ? {} : { assignment_group: group }),
      ...(caller === undefined ? {} : { caller_id: caller }),
    },
  }));

/** An account of its own with the role `itil`. */
export const serviceNowSecrets = z.strictObject({
  username: z
    .string()
    .regex(/^[^:\s]+$/, 'must be the name of a user')
    .max(100),
  password: z.string().min(1).max(400),
});
