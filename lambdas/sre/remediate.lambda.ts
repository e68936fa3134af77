import { systemClock } from '../platform/clock.ts';
import { queueEntry } from '../platform/queue-entry.ts';
import { readRemediation } from './formats/remediation-message.ts';
import { createMasker } from './in/mask/masker.ts';
import { runRemediation } from './usecases/run-remediation.ts';
import { wireRemediate } from './wire/remediate.ts';

/** Its result is written in what is left of the function's time. */
const MARGIN_MS = 10_000;

const deps = wireRemediate({ mask: createMasker().text });

/** A remediation a message. */
export const handler = queueEntry(async ({ body }, context) => {
  const untilMs = systemClock.nowMs() + context.getRemainingTimeInMillis() - MARGIN_MS;
  await runRemediation(deps, { task: readRemediation(body), untilMs });
});
