import type {
  KeyCapFacts,
  NewsFacts,
  Notice,
  ProjectCapFacts,
  UsageAnomalyFacts,
} from '../domain/notice.ts';

/** What a receiver gets: the same bytes for the same news, so that its `id` may be remembered. */
export const noticeBody = (notice: Pick<Notice, 'id'>, facts: NewsFacts): string =>
  JSON.stringify({
    id: `${facts.id}.${notice.id}`,
    type: facts.type,
    notice_id: notice.id,
    project_id: facts.projectId,
    created_at: facts.atMs,
    data: dataOf(facts),
  });

/** A receiver is asked whether it is there. */
export const testBody = (notice: Pick<Notice, 'id' | 'projectId'>, nowMs: number): string =>
  JSON.stringify({
    id: `test.${nowMs}.${notice.id}`,
    type: 'test',
    notice_id: notice.id,
    project_id: notice.projectId,
    created_at: nowMs,
    data: {},
  });

const dataOf = (facts: NewsFacts): Readonly<Record<string, unknown>> => {
  switch (facts.type) {
    case 'key.cap_warned':
    case 'key.cap_reached':
      return { ...keyOf(facts), ...capOf(facts) };
    case 'project.cap_warned':
    case 'project.cap_reached':
      return capOf(facts);
    case 'key.usage_anomaly':
      return {
        ...keyOf(facts),
        anomaly_id: facts.anomalyId,
        kind: facts.kind,
        severity: facts.severity,
        why: facts.why,
        opened_at: facts.hourMs,
      };
  }
};

const keyOf = ({ keyId, keyName, userId, metadata }: KeyCapFacts | UsageAnomalyFacts) => ({
  key_id: keyId,
  key_name: keyName,
  user_id: userId,
  metadata,
});

const capOf = (facts: KeyCapFacts | ProjectCapFacts) => ({
  window: facts.window,
  period: facts.period,
  threshold: facts.threshold,
  cap_micros: facts.capMicros,
  spent_micros: facts.spentMicros,
  resets_at: facts.resetsAtMs,
});
