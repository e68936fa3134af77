import { describe, expect, test } from 'vitest';
import { spendNewsOf } from '../../../../lambdas/ledger/formats/spend-news.ts';
import { sendNotices } from '../../../../lambdas/ledger/usecases/send-notices.ts';
import { encodeItem } from '../../../../lambdas/platform/aws/attribute-values.ts';
import { usageAnomalyEntry } from '../../../../lambdas/sre/adapters/bus-usage-news.ts';
import { anomalyItemOf } from '../../../../lambdas/sre/adapters/anomaly-items.ts';
import { changeWrites } from '../../../../lambdas/sre/adapters/incident-items.ts';
import { queueDiagnoses } from '../../../../lambdas/sre/adapters/queue-diagnoses.ts';
import { NO_DIAGNOSES } from '../../../../lambdas/sre/diagnose/plan-diagnosis.ts';
import { diagnosisText } from '../../../../lambdas/sre/formats/diagnosis-message.ts';
import { sreChange, type SreChange } from '../../../../lambdas/sre/formats/sre-change.ts';
import { diagnosed } from '../../../../lambdas/sre/incidents/diagnosed.ts';
import {
  openIncident,
  reopen,
  resolve,
  type Change,
} from '../../../../lambdas/sre/incidents/life.ts';
import type { Anomaly } from '../../../../lambdas/sre/domain/anomaly.ts';
import { judgeUsage, type UsageAnomaly } from '../../../../lambdas/sre/domain/usage-anomaly.ts';
import { announce, type AnnounceDeps } from '../../../../lambdas/sre/usecases/announce.ts';
import { KEY_ID, PROJECT } from '../../../support/key-items.ts';
import { mailNoticeOf, NOTICE_AT_MS, noticeOf, noticeRoom } from '../../../support/notice-room.ts';
import { anomalyOf } from '../../../support/sre/anomalies.ts';
import { TENANT } from '../../../support/sre/delivered.ts';

const opened = openIncident({
  anomaly: anomalyOf(TENANT, 'cart'),
  nowMs: 1,
  follows: null,
  isDigest: false,
});
const OUTCOME = { kind: 'none', why: 'The model gave no answer.' } as const;

/** As the stream shows what the store writes. */
const streamed = (change: Change | null): SreChange => {
  const [put] = change === null ? [] : changeWrites(change);
  const item = put?.kind === 'put' ? put.item : {};
  const image = Object.fromEntries(
    Object.entries(item).map(([name, value]) => [
      name,
      typeof value === 'number' ? { N: String(value) } : { S: String(value) },
    ]),
  );
  const shown = sreChange({ dynamodb: { NewImage: image } });
  if (shown === null) throw new Error('the stream shows nothing');
  return shown;
};

const HOUR_MS = Date.UTC(2026, 10, 24, 12);
const ANOMALY = { kind: 'anomaly', tenant: TENANT, anomalyId: 'a', usage: null } as const;
const APPROVED = { kind: 'remediation', task: { tenant: TENANT, remediationId: 'r' } } as const;

const room = (diagnosesFail = false, model: string | null = 'm') => {
  const sent: string[] = [];
  const told = async (what: string): Promise<void> => await Promise.resolve(void sent.push(what));
  const deps = {
    looks: { ask: async () => await told('look') },
    news: { changed: async () => await told('news') },
    remediations: { send: async () => await told('remediation') },
    tellUsage: async () => await told('usage'),
    settings: { get: async () => await Promise.resolve({ ...NO_DIAGNOSES, model }) },
    diagnoses: queueDiagnoses({
      send: async () => {
        if (diagnosesFail) throw new Error('no queue');
        await told('diagnosis');
      },
      textOf: diagnosisText,
    }),
  };
  return { deps, sent };
};

test('whoever asks models hears of a live incident that has no diagnosis', async () => {
  const { deps, sent } = room();
  await announce(deps, [streamed(opened)]);
  expect(sent).toEqual(['news', 'diagnosis']);
});

test.each([
  ['has one', diagnosed(opened.after, { atMs: 2, model: 'm', outcome: OUTCOME })],
  ['is over', resolve(opened.after, { atMs: 2, by: 'ada', kind: 'resolved', text: 'Done.' })],
])('whoever asks models hears nothing of an incident that %s', async (_name, change) => {
  const { deps, sent } = room();
  await announce(deps, [streamed(change)]);
  expect(sent).toEqual(['news']);
});

test('whoever asks models hears of an incident that opened again, though it has a diagnosis of before', async () => {
  const { deps, sent } = room();
  const before = diagnosed(opened.after, { atMs: 2, model: 'm', outcome: OUTCOME });
  const over = resolve(before?.after ?? opened.after, {
    atMs: 3,
    by: 'ada',
    kind: 'resolved',
    text: 'Done.',
  });
  await announce(deps, [streamed(reopen(over.after, anomalyOf(TENANT, 'cart'), 4))]);
  expect(sent).toEqual(['news', 'diagnosis']);
});

test('diagnoses that cannot be asked for hold up nothing else', async () => {
  const { deps, sent } = room(true);
  await expect(announce(deps, [streamed(opened), APPROVED, ANOMALY])).rejects.toThrow('no queue');
  expect(sent).toEqual(['news', 'remediation', 'look']);
});

describe('an unusual use of a key', () => {
  /** What one run of the watcher finds of a key that fails again and again. */
  const found = (): readonly Anomaly[] => {
    const total = { costNanoUsd: 0n, requestCount: 100, errorCount: 100 };
    const hour = { hourMs: HOUR_MS, total, totalBuckets: [] };
    return judgeUsage({
      tenant: PROJECT,
      hourMs: HOUR_MS,
      nowMs: HOUR_MS + 60_000,
      keys: [{ keyId: KEY_ID, cohort: '{}', createdAtMs: 0, hour, before: [] }],
    });
  };
  const change = (anomaly: Anomaly, before?: object): SreChange => {
    const image = encodeItem(anomalyItemOf(anomaly));
    const shown = sreChange({
      dynamodb: { NewImage: image, ...(before === undefined ? {} : { OldImage: before }) },
    });
    if (shown === null) throw new Error('the stream shows nothing');
    return shown;
  };

  test('reaches the webhook of its project once, signed as every notice, however often it is announced', async () => {
    const room = await noticeRoom([noticeOf({ events: ['key.usage_anomaly'] }), mailNoticeOf()]);
    const { deps } = announcer(async (anomalies) => {
      for (const { source, type, detail } of anomalies.map(usageAnomalyEntry))
        await sendNotices(
          room.deps,
          spendNewsOf({
            source,
            'detail-type': type,
            detail: structuredClone(detail),
            time: new Date(HOUR_MS).toISOString(),
          }),
          NOTICE_AT_MS + 60_000,
        );
    });
    for (let times = 0; times < 2; times++)
      await announce(
        deps,
        found().map((one) => change(one)),
      );
    expect(room.desk.posts).toHaveLength(1);
    expect(room.desk.posts[0]?.secret).toBe('whsec_1');
    expect(JSON.parse(room.desk.posts[0]?.body ?? '')).toMatchObject({
      type: 'key.usage_anomaly',
      project_id: PROJECT,
      data: {
        key_id: KEY_ID,
        key_name: 'Ada',
        user_id: 'ada',
        kind: 'retries',
        severity: found()[0]?.band,
        why: '100 of 100 calls of the key failed in this hour: a client repeats what cannot succeed.',
        anomaly_id: found()[0]?.id,
        opened_at: HOUR_MS,
      },
    });
    expect(room.desk.mails).toEqual([]);
  });

  test('is mailed to operators alone', async () => {
    const [anomaly] = found();
    if (anomaly === undefined) throw new Error('nothing was found');
    const entry = usageAnomalyEntry(usageOf(change(anomaly)));
    const room = await noticeRoom([
      mailNoticeOf({ events: ['key.usage_anomaly'], userAddressField: 'email' }),
    ]);
    const time = new Date(HOUR_MS).toISOString();
    const news = spendNewsOf({ 'detail-type': entry.type, detail: entry.detail, time });
    await sendNotices(room.deps, news, NOTICE_AT_MS + 60_000);
    expect(room.desk.mails.map(({ to, subject }) => [to, subject])).toEqual([
      [['ops@example.com'], 'Key “Ada” is used in an unusual way (retries)'],
    ]);
  });

  test('is told when it is found and not when it ends, and nothing is told of a service that is called as keys are', async () => {
    const { deps, sent } = room();
    const [anomaly] = found();
    if (anomaly === undefined) throw new Error('nothing was found');
    await announce(deps, [change(anomaly, encodeItem(anomalyItemOf(anomaly)))]);
    await announce(deps, [change({ ...anomaly, kind: 'failures' })]);
    await announce(deps, [change(anomalyOf(TENANT, 'cart'))]);
    expect(sent).not.toContain('usage');
    await announce(deps, [change(anomaly)]);
    expect(sent).toContain('usage');
  });
});

const usageOf = (change: SreChange): UsageAnomaly => {
  if (change.kind !== 'anomaly' || change.usage === null) throw new Error('it is of no key');
  return change.usage;
};

const announcer = (tellUsage: AnnounceDeps['tellUsage']) => {
  const { deps } = room();
  return { deps: { ...deps, tellUsage } };
};

test('no message asks for a diagnosis in a project that named no model', async () => {
  const { deps, sent } = room(true, null);
  await announce(deps, [streamed(opened), APPROVED, ANOMALY]);
  expect(sent).toEqual(['news', 'remediation', 'look']);
});
