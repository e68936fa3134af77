import { describe, test } from 'vitest';
import * as z from 'zod';
import { sizeOf } from './machine.ts';

const settings = z.object({
  SLUICE_E2E_BASE_URL: z.url(),
  SLUICE_E2E_ADMIN_KEY: z.string().min(1),
  SLUICE_E2E_INGEST_URL: z.url(),
});

export interface DeployedStage {
  readonly baseUrl: string;
  readonly adminKey: string;
  /** Where telemetry goes. */
  readonly ingestUrl: string;
}

const read = (): DeployedStage | null => {
  if (process.env['SLUICE_E2E_BASE_URL'] === undefined) return null;
  const parsed = settings.parse(process.env);
  return {
    baseUrl: parsed.SLUICE_E2E_BASE_URL.replace(/\/$/, ''),
    adminKey: parsed.SLUICE_E2E_ADMIN_KEY,
    ingestUrl: parsed.SLUICE_E2E_INGEST_URL,
  };
};

/** The stage that these tests drive instead of a stack of their own; it runs on an emulator and buffers. */
export const deployedStage = read();

/** Where the stage's provider secret expects the tests' own provider; 0 for any port. */
export const upstreamPort = z.coerce
  .number()
  .int()
  .default(0)
  .parse(process.env['SLUICE_E2E_UPSTREAM_PORT']);

/** Calls at once: each one is a process of its own on the emulator, a thread's promise on a laptop. */
export const callsAtOnce =
  deployedStage === null ? sizeOf({ full: 1_000, usual: 1_000, least: 200 }) : 24;

/**
 * A test of what a deployed, buffered stage cannot show. There it is skipped, and says so:
 * `npm run test:deploy` prints each of these with its reason.
 */
export const laptopTest = (title: string, reason: string, body: () => Promise<void>): void => {
  if (deployedStage === null) test(title, body);
  else test.skip(`${title} (not checked here: ${reason})`, body);
};

/** The same for a suite that needs its own stack: none of its hooks runs on a deployed stage. */
export const laptopSuite = (title: string, reason: string, body: () => void): void => {
  if (deployedStage === null) describe(title, body);
  else describe.skip(`${title} (not checked here: ${reason})`, body);
};
