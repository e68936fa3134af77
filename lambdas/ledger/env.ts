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
