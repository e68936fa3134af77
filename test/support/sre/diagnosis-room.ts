import { dynamoKeyRegister } from '../../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { dynamoSpendLedger } from '../../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import type { ModelClient, ProviderAccount } from '../../../lambdas/inference/ports/providers.ts';
import type { KeyRecord } from '../../../lambdas/ledger/ports.ts';
import type { Tables } from '../../../lambdas/platform/tables/tables.ts';
import { meteredQuestionModel } from '../../../lambdas/sre/adapters/metered-question-model.ts';
import { tableAnomalyBook } from '../../../lambdas/sre/adapters/table-anomaly-book.ts';
import { tableDeployBook } from '../../../lambdas/sre/adapters/table-deploy-book.ts';
import { tableDiagnosisClaims } from '../../../lambdas/sre/adapters/table-diagnosis-claims.ts';
import { tableDiagnosisSettings } from '../../../lambdas/sre/adapters/table-diagnosis-settings.ts';
import { tableIncidentStore } from '../../../lambdas/sre/adapters/table-incident-store.ts';
import type { DiagnosisSettings } from '../../../lambdas/sre/diagnose/plan-diagnosis.ts';
import type { Cause } from '../../../lambdas/sre/domain/cause.ts';
import type { LogRecord } from '../../../lambdas/sre/domain/log-record.ts';
import { createMasker } from '../../../lambdas/sre/in/mask/masker.ts';
import type { Incident } from '../../../lambdas/sre/incidents/incident.ts';
import { openIncident, reopen, resolve, withCause } from '../../../lambdas/sre/incidents/life.ts';
import type { Step } from '../../../lambdas/sre/incidents/timeline.ts';
import {
  diagnoseIncident,
  type DiagnoseDeps,
} from '../../../lambdas/sre/usecases/diagnose-incident.ts';
import { diagnosisKeyId } from '../../../lambdas/sre/usecases/diagnosis-key.ts';
import { engineRoom } from '../engine-room.ts';
import { PROJECT } from '../key-items.ts';
import { anomalyOf } from './anomalies.ts';
import { sourceOf, START_MS } from './entries.ts';
import { recordOf } from './records.ts';

export const LINE = `${'ab'.repeat(32)}#7`;
const OPENED_MS = START_MS + 6_000;
const CART = anomalyOf(PROJECT, 'cart', { kind: 'oom', band: 'critical', samples: [LINE] });

export const CAUSE: Cause = {
  root: sourceOf('cart'),
  confidence: 2.4,
  suspects: [{ source: sourceOf('cart'), score: 2.4, because: ['it reports its own oom'] }],
  template: { id: 'template_1', text: 'java.lang.OutOfMemoryError: Java heap space' },
  samples: [LINE],
  chain: [sourceOf('cart'), sourceOf('shop')],
  affected: [sourceOf('cart'), sourceOf('shop')],
  timeline: [],
  gaps: ['no spans of cart'],
};

const ON: DiagnosisSettings = {
  model: 'gpt-4o-mini',
  bandMin: 'high',
  capNanoUsd: 1_000_000_000,
  keyNumber: 1,
};

/** One open incident, and the deployed use case that asks a real HTTP server about it, over tables in memory. */
export const diagnosisRoom = async (
  upstreamUrl: string,
  given: {
    readonly cause?: Cause | null;
    readonly settings?: Partial<DiagnosisSettings>;
    readonly lines?: readonly string[];
    readonly silenceMs?: number;
  } = {},
) => {
  const room = engineRoom(upstreamUrl, given.silenceMs);
  const { tables } = room;
  const time = { nowMs: OPENED_MS + 5_000 };
  const clock = { nowMs: () => time.nowMs };
  const sent: { readonly afterMs: number }[] = [];
  let attempts = 0;
  const lines = new Map<string, LogRecord>([
    [LINE, recordOf({ severity: 21, text: 'java.lang.OutOfMemoryError: Java heap space' })],
    ...(given.lines ?? []).map(
      (text, index) => [`${'cd'.repeat(32)}#${index}`, recordOf({ severity: 17, text })] as const,
    ),
  ]);
  const anomaly = { ...CART, samples: [...lines.keys()] };
  await tableAnomalyBook({ tables }).put(anomaly);
  const store = tableIncidentStore({ tables });
  const opened = openIncident({ anomaly, nowMs: OPENED_MS, follows: null, isDigest: false });
  await store.commit({ tenant: PROJECT, version: 0, changes: [opened], marks: [] });
  const { id } = opened.after;
  const cause = given.cause === undefined ? CAUSE : given.cause;
  const caused = cause === null ? null : withCause(opened.after, cause, OPENED_MS + 1_000);
  if (caused !== null)
    await store.commit({ tenant: PROJECT, version: null, changes: [caused], marks: [] });
  await tableDiagnosisSettings({ tables }).put(PROJECT, { ...ON, ...given.settings });

  /** Those of the room, and two on machines of one's own, which want no key. */
  const accountOf = async (name: string): Promise<ProviderAccount | null> =>
    name === 'ollama' || name === 'vllm'
      ? { name, wire: 'openai-chat', baseUrl: upstreamUrl, apiKey: null, simulated: false }
      : await room.deps.accounts.get(name);

  /** The function over these tables; `modelClient` asks the provider. */
  const depsOver = (
    over: Tables,
    modelClient: ModelClient = room.deps.modelClient,
  ): DiagnoseDeps => ({
    incidents: tableIncidentStore({ tables: over }),
    settings: tableDiagnosisSettings({ tables: over }),
    claims: tableDiagnosisClaims({ tables: over }),
    deploys: tableDeployBook({ tables: over }),
    runbooks: { find: async () => await Promise.resolve(null) },
    linesOf: async () => await Promise.resolve(lines),
    maskOf: async () => await Promise.resolve(createMasker().text),
    keys: dynamoKeyRegister({ tables: over }),
    model: meteredQuestionModel({
      ...room.deps,
      accounts: { list: room.deps.accounts.list, get: accountOf },
      keys: dynamoKeyRegister({ tables: over }),
      ledger: dynamoSpendLedger({ tables: over }),
      modelClient,
      clock,
    }),
    queue: {
      send: async (_tasks, afterMs) => {
        sent.push({ afterMs });
        await Promise.resolve();
      },
    },
    timers: { ...clock, sleep: async () => await Promise.resolve() },
    metrics: { record: () => undefined },
    report: (message) => void room.reports.push(message),
    newAttemptId: () => `attempt-${++attempts}`,
    newBoundary: () => `boundary${attempts}`,
  });
  const deps = depsOver(tables);
  return {
    ...room,
    engine: room.deps,
    deps,
    depsOver,
    time,
    sent,
    id,
    store,
    diagnose: async (over: DiagnoseDeps = deps): Promise<void> =>
      await diagnoseIncident(over, { tenant: PROJECT, incidentId: id }),
    /** It is over, and a minute later there again. */
    reopen: async (): Promise<void> => {
      for (const next of [
        (incident: Incident) =>
          resolve(incident, { atMs: time.nowMs, by: 'ada', kind: 'resolved', text: 'Done.' }),
        (incident: Incident) => reopen(incident, anomaly, time.nowMs),
      ]) {
        const [{ version }, incident] = await Promise.all([
          store.load(PROJECT, [], time.nowMs),
          store.get(PROJECT, id),
        ]);
        if (incident === null) throw new Error('no incident');
        const changes = [next(incident)];
        if (!(await store.commit({ tenant: PROJECT, version, changes, marks: [] })))
          throw new Error('somebody else was faster');
        time.nowMs += 60_000;
      }
      time.nowMs -= 60_000;
    },
    incident: async (): Promise<Incident> => {
      const incident = await store.get(PROJECT, id);
      if (incident === null) throw new Error('no incident');
      return incident;
    },
    steps: async (): Promise<readonly Step[]> => await store.steps(PROJECT, id),
    key: async (): Promise<KeyRecord | null> =>
      await deps.keys.get(PROJECT, diagnosisKeyId(PROJECT, 1)),
    settlement: async () => {
      const item = await tables.get('keys', {
        pk: `KEY#${diagnosisKeyId(PROJECT, 1)}`,
        sk: 'STATE',
      });
      return item?.['last'];
    },
  };
};
