import * as z from 'zod';

/** Variables of the ledger; every function that knows keys has all of these. */
export const ledgerEnv = z.object({
  KEYS_TABLE: z.string().min(1),
  USAGE_TABLE: z.string().min(1),
  EVENT_BUS_NAME: z.string().min(1),
});
/** What expires holds asks the runs of threads too. */
export const expiryEnv = z.object({ ...ledgerEnv.shape, THREADS_TABLE: z.string().min(1) });
export type LedgerEnv = z.infer<typeof ledgerEnv>;

/** Of what tells notices, and of who sets them. */
export const noticesEnv = z.object({
  KEYS_TABLE: z.string().min(1),
  /** Where secrets of notices are kept: `<prefix>/<id>`. */
  NOTICE_SECRETS_PREFIX: z.string().min(1),
  /** Sender of mails; '': none is sent. */
  MAIL_FROM: z.string(),
  /** The local runtime alone sets it: webhooks may be on this machine. */
  LOCAL_WEBHOOKS: z.literal('allow').optional(),
});
export type DeployedNoticesEnv = Omit<z.infer<typeof noticesEnv>, 'LOCAL_WEBHOOKS'>;
