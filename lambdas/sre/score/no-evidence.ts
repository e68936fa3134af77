import type { Evidence } from './composite.ts';

/** Nothing speaks for anything. */
export const NO_EVIDENCE: Evidence = {
  immediate: null,
  signals: null,
  severity: null,
  frames: 0,
  exceptionType: null,
  statistics: null,
  context: null,
  statuses: null,
  failures: 0,
  clientFaults: 0,
  authFaults: 0,
  requests: 0,
  rateRule: 0,
  silence: 0,
  burn: null,
  drift: null,
};
