import { checked } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { listBody } from '../../http/lists.ts';
import { authenticateReader } from '../../ledger/door.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import { AppError } from '../../shared/app-error.ts';
import { decodeCursor, encodeCursor } from '../../shared/cursor.ts';
import type { Clock } from '../../shared/deps.ts';
import type { Anomaly } from '../domain/anomaly.ts';
import type { LogRecord } from '../domain/log-record.ts';
import { anomalyView, recordView } from '../formats/anomaly-format.ts';
import { anomaliesQuery, BANDS } from '../formats/sre-schemas.ts';
import type { AnomalyBook } from '../ports/windows.ts';
import { checkRange } from './time-range.ts';

const DAY_MS = 86_400_000;
/** Pages that one request reads when a filter lets little through. */
const PAGES_MAX = 10;

export interface AnomalyRouteDeps {
  readonly keys: KeyRegister;
  readonly anomalies: AnomalyBook;
  /** Records by their ids; those that are gone are left out. */
  readonly linesOf: (
    tenant: string,
    ids: readonly string[],
  ) => Promise<ReadonlyMap<string, LogRecord>>;
  readonly clock: Clock;
}

/** What was found, newest first. */
export const anomalyRoutes = (deps: AnomalyRouteDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/anomalies': async (request) => {
    const { projectId: tenant } = await authenticateReader(deps.keys, request);
    const query = checked(anomaliesQuery, request.query);
    const toMs = query.to_ms ?? deps.clock.nowMs();
    const fromMs = query.from_ms ?? Math.max(0, toMs - DAY_MS);
    checkRange(fromMs, toMs);
    const { found, next } = await readPages(
      deps,
      {
        tenant,
        fromMs,
        toMs,
        limit: query.limit,
        before: query.cursor === undefined ? null : (decodeCursor(query.cursor, 1)[0] ?? null),
      },
      ({ source, band }) =>
        (query.service === undefined || source.service === query.service) &&
        (query.severity === undefined || BANDS.indexOf(band) <= BANDS.indexOf(query.severity)),
    );
    const cursor = next === null ? null : encodeCursor([next]);
    return { status: 200, body: listBody(found.map(anomalyView), cursor) };
  },
  'GET /v1/anomalies/{anomaly_id}': async (request) => {
    const { projectId: tenant } = await authenticateReader(deps.keys, request);
    const id = request.params['anomaly_id'] ?? '';
    const anomaly = await deps.anomalies.get(tenant, id);
    if (anomaly === null)
      throw new AppError({ code: 'not_found', publicMessage: `The anomaly ${id} does not exist.` });
    const records = await deps.linesOf(tenant, anomaly.samples);
    const lines = [...records].map(([line, record]) => recordView(line, record));
    return { status: 200, body: { ...anomalyView(anomaly), lines } };
  },
});

/** As many as are asked for, over as many pages as that takes, within reason. */
const readPages = async (
  { anomalies }: AnomalyRouteDeps,
  query: Parameters<AnomalyBook['list']>[0],
  isWanted: (anomaly: Anomaly) => boolean,
): Promise<{ readonly found: readonly Anomaly[]; readonly next: string | null }> => {
  const found: Anomaly[] = [];
  let before = query.before;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const page = await anomalies.list({ ...query, before, limit: query.limit - found.length });
    found.push(...page.anomalies.filter(isWanted));
    before = page.next;
    if (before === null || found.length >= query.limit) break;
  }
  return { found, next: before };
};
