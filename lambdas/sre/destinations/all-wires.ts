import type { WiresByKind } from '../ports/destinations.ts';
import { emailWires, type SendMail } from './email/email.ts';
import { VENDOR_WIRES } from './vendor-wires.ts';
import { WEBHOOK } from './webhook/webhook.ts';

/** Every kind of destination that is spoken to. */
export const allWires = (sendMail: SendMail): WiresByKind => ({
  ...VENDOR_WIRES,
  webhook: WEBHOOK,
  email: emailWires(sendMail),
});
