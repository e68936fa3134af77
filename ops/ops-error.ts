/** What the operator can act on: printed as it is, without a stack. */
export class OpsError extends Error {
  override readonly name = 'OpsError';
}

/** Exit codes of every command. */
export const EXIT = { ok: 0, found: 1, failed: 2 } as const;
