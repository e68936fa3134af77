/** `correlate-window.ts <folder>`: processor time and memory of one correlation over the blocks of a folder, as JSON. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyBaseline } from '../../lambdas/sre/correlate/baseline.ts';
import { readBaseline } from '../../lambdas/sre/correlate/baseline-text.ts';
import { callsOf, type Line } from '../../lambdas/sre/correlate/calls.ts';
import { causeOf } from '../../lambdas/sre/correlate/cause-of.ts';
import { flagCalls } from '../../lambdas/sre/correlate/flags.ts';
import { Usual } from '../../lambdas/sre/correlate/usual.ts';
import type { Span } from '../../lambdas/sre/domain/span.ts';
import { openTelemetry } from '../../lambdas/sre/in/blocks/open-telemetry.ts';

const [, , folder = '.'] = process.argv;
const WARM_ROUNDS = 4;

const correlateOnce = (): number => {
  const baseline =
    readBaseline(readFileSync(join(folder, 'baseline.json'), 'utf8')) ?? emptyBaseline();
  const [spans, lines]: [Span[], Line[]] = [[], []];
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.block'))) {
    const block = openTelemetry(readFileSync(join(folder, file)));
    // As the function adds what a block holds.
    const { logs = [], spans: ofBlock = [] } = block ?? {};
    for (let index = 0; index < logs.length; index += 1) {
      const record = logs[index];
      if (record !== undefined) lines.push({ block: file, place: index, record });
    }
    for (let index = 0; index < ofBlock.length; index += 1) {
      const span = ofBlock[index];
      if (span !== undefined) spans.push(span);
    }
  }
  causeOf({
    anomalies: [],
    flagged: flagCalls(callsOf(spans, lines), new Usual(baseline)),
    baseline,
    deploys: [],
    hotMetrics: [],
    records: spans.length + lines.length,
    isCut: false,
  });
  return spans.length + lines.length;
};

const threadMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};

const timed = (): { readonly ms: number; readonly records: number } => {
  const startMs = threadMs();
  const records = correlateOnce();
  return { ms: threadMs() - startMs, records };
};

const first = timed();
/** `maxRSS` of a child begins with what its parent had when it forked; this starts from zero with the program. */
const peakKb = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
const peakMb = peakKb / 1_024;
const warm = Array.from({ length: WARM_ROUNDS }, () => timed().ms).toSorted(
  (left, right) => left - right,
);
console.log(
  JSON.stringify({
    records: first.records,
    firstMs: first.ms,
    warmMs: warm[1] ?? first.ms,
    peakMb,
  }),
);
