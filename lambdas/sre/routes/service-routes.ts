import { checked, jsonBody } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { listBody } from '../../http/lists.ts';
import { authenticateAdmin, authenticateReader } from '../../ledger/door.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import type { Clock } from '../../shared/deps.ts';
import { sourceView } from '../formats/anomaly-format.ts';
import { ingestUsageQuery, patchServiceBody } from '../formats/sre-schemas.ts';
import type { IngestUsage } from '../ports/ingest.ts';
import type { ServiceSetting } from '../domain/service-setting.ts';
import { listServices, type ListServicesDeps, type Service } from '../usecases/list-services.ts';
import { sumIngest } from '../usecases/sum-ingest.ts';
import { checkRange } from './time-range.ts';

const DAY_MS = 86_400_000;
const RECENT_DAYS = 7;

export interface ServiceRouteDeps extends ListServicesDeps {
  readonly keys: KeyRegister;
  readonly usage: IngestUsage;
  readonly clock: Clock;
}

/** Who sends, how it is with them, and how much they send. */
export const serviceRoutes = (deps: ServiceRouteDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/services': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    const services = await listServices(deps, projectId, deps.clock.nowMs());
    return { status: 200, body: listBody(services.map(serviceView), null) };
  },
  'PATCH /v1/services': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    const body = checked(patchServiceBody, jsonBody(request));
    const source = {
      environment: body.environment,
      namespace: body.namespace,
      service: body.service,
    };
    const before = await deps.settings.get(projectId, source);
    const setting: ServiceSetting = {
      source,
      sensitivity: body.sensitivity ?? before?.sensitivity ?? 'normal',
      mutedUntilMs:
        body.muted_until === undefined ? (before?.mutedUntilMs ?? null) : body.muted_until,
      owner: body.owner === undefined ? (before?.owner ?? null) : body.owner,
    };
    await deps.settings.put(projectId, setting);
    return {
      status: 200,
      body: {
        object: 'service_setting',
        source,
        sensitivity: setting.sensitivity,
        muted_until: setting.mutedUntilMs,
        owner: setting.owner,
      },
    };
  },
  'GET /v1/ingest/usage': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    const query = checked(ingestUsageQuery, request.query);
    const toMs = query.to_ms ?? deps.clock.nowMs();
    const fromMs = query.from_ms ?? Math.max(0, toMs - (RECENT_DAYS - 1) * DAY_MS);
    checkRange(fromMs, toMs);
    const sums = sumIngest(await deps.usage.days(projectId, fromMs, toMs));
    return {
      status: 200,
      body: {
        object: 'ingest_usage',
        from: dayOf(fromMs),
        to: dayOf(toMs),
        totals: sums.totals,
        by_key: sums.byKey.map(({ keyId, ...rest }) => ({ key_id: keyId, ...rest })),
        by_source: sums.bySource,
        by_day: sums.byDay,
      },
    };
  },
});

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const serviceView = (service: Service): object => ({
  object: 'service',
  source: sourceView(service.source),
  last_seen_at: service.lastSeenMs,
  records_per_second: service.recordsPerSecond,
  error_rate: service.errorRate,
  p95_ms: service.p95Ms,
  baseline: {
    buckets: service.baseline.buckets,
    failures_mean: service.baseline.mean,
    failures_variance: service.baseline.variance,
  },
  open: service.open,
  sensitivity: service.sensitivity,
  muted_until: service.mutedUntilMs,
  owner: service.owner,
});
