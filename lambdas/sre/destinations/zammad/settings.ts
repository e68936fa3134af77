import { withoutEnd } from '../../../shared/characters.ts';
import * as z from 'zod';

export const zammadSettings = z
  .strictObject({
    url: z.url({ protocol: /^https?$/ }),
    group: z.string().min(1).max(160),
    /** Whose ticket it is: an e-mail address, of a user that is made when there is none. */
    customer: z
      .string()
      .regex(/^[^\s@]+@[^\s@]+$/, 'must be an e-mail address')
      .max(150),
  })
  .transform(({ url, group, customer }) => ({ url: withoutEnd(url, '/'), group, customer }));

export const zammadSecrets = z.strictObject({
  /** With the permission `ticket.agent`. */
  token: z.string().min(8).max(400),
  webhook_secret: z.string().min(1).max(200).optional(),
});
