import { STATISTICS_VERSION } from '../score/statistics.ts';
import type { AnomalyFacts } from './anomaly.ts';
import { driftFacts, driftSentence } from './drift-words.ts';
import { emptyBuckets, medianRecords, type Finding } from './detect.ts';
import type { Gathered } from './evidence.ts';
import { BUCKET_MS } from './summary.ts';
import { failuresOf, type SourceWindow } from './window.ts';

const QUOTE_CHARACTERS_MAX = 120;
const BUCKET_SECONDS = BUCKET_MS / 1_000;

/** Why it is an anomaly, in one sentence that needs no other one. */
export const sentenceOf = (window: SourceWindow, finding: Finding, gathered: Gathered): string => {
  const service = window.source.service === '' ? 'The service' : window.source.service;
  const { counts, text } = gathered;
  const quote = text === null ? '' : `: "${cut(text)}"`;
  const seconds = BUCKET_SECONDS * finding.span;
  const failures = failuresOf(counts);
  if (finding.drift !== null) return driftSentence(service, quote, finding.drift);
  switch (finding.kind) {
    case 'failures':
      return finding.isRateBroken
        ? `${service} failed in ${failures} of ${counts.records} records within ${seconds} s, where ${percent(window)} is usual${quote}.`
        : `${service} failed ${failures} times within ${seconds} s, where ${usual(window, finding.span)} is usual${quote}.`;
    case 'burn':
      return `${service} has failed ${Math.round(finding.burn?.times ?? 0)} times as often as usual (${finding.burn?.rule ?? ''})${quote}.`;
    case 'went_silent':
      return `Nothing has come from ${service} for ${silentSeconds(window, finding)} s, where ${medianRecords(window)} records every ${BUCKET_SECONDS} s are usual, while other services still send.`;
    case 'telemetry_lost':
      return `Nothing has come from any service for ${silentSeconds(window, finding)} s.`;
    case 'oom':
      return `${service} ran out of memory${quote}.`;
    case 'crash':
      return `${service} crashed${quote}.`;
    case 'resource':
      return `${service} ran out of a resource${quote}.`;
    case 'drift':
      return `${service} is not what it usually is.`;
  }
};

const silentSeconds = (window: SourceWindow, { bucket }: Finding): number =>
  BUCKET_SECONDS * emptyBuckets(window, bucket);

const usual = ({ baseline }: SourceWindow, buckets: number): string => {
  const count = baseline.mean * buckets;
  if (count >= 10) return String(Math.round(count));
  return count < 0.05 ? 'none' : count.toFixed(1);
};

const percent = ({ usualRecords: { total, failing } }: SourceWindow): string =>
  `${((100 * failing) / Math.max(1, total)).toFixed(1)} %`;

const cut = (text: string): string => {
  const characters = Array.from(text);
  return characters.length <= QUOTE_CHARACTERS_MAX
    ? text
    : `${characters.slice(0, QUOTE_CHARACTERS_MAX - 1).join('')}…`;
};

/** The figures that a reader checks the sentence by. */
export const factsOf = (
  window: SourceWindow,
  { kind, bucket, span, burst, burn, drift }: Finding,
  { counts }: Gathered,
): AnomalyFacts => {
  if (drift !== null) return driftFacts(drift);
  if (kind === 'went_silent' || kind === 'telemetry_lost')
    return {
      silent_seconds: BUCKET_SECONDS * emptyBuckets(window, bucket),
      usual_records: medianRecords(window),
    };
  return {
    bucket_ms: bucket * BUCKET_MS,
    span_seconds: BUCKET_SECONDS * span,
    records: counts.records,
    failures: failuresOf(counts),
    client_faults: counts.clientFaults,
    auth_faults: counts.authFaults,
    requests: counts.requests,
    usual_failures: rounded(window.baseline.mean * span),
    baseline_buckets: window.baseline.buckets,
    rules_version: STATISTICS_VERSION,
    ...(burst === null ? {} : { z: rounded(burst.z), rule: burst.rule }),
    ...(burn === null ? {} : { burn: burn.rule, times: rounded(burn.times) }),
  };
};

const rounded = (figure: number): number => Math.round(figure * 1_000) / 1_000;
