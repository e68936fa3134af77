import {
  objectOf,
  startStandIn,
  type StandIn,
  type StandInAnswer,
  type StandInRequest,
} from './stand-in.ts';

export const SERVICENOW_USER = 'sluice.bot';
export const SERVICENOW_PASSWORD = 'servicenow-password';

/** Columns of `incident` as an instance comes, with the length of texts. */
const COLUMNS: Readonly<Record<string, number>> = {
  short_description: 160,
  description: 4_000,
  correlation_id: 100,
  correlation_display: 100,
  close_code: 40,
  close_notes: 4_000,
  work_notes: 4_000,
  comments: 4_000,
  state: 40,
  incident_state: 40,
  urgency: 40,
  impact: 40,
  assignment_group: 40,
  caller_id: 40,
  category: 40,
};
const OWN = [
  'sys_id',
  'number',
  'sys_created_on',
  'sys_updated_on',
  'sys_updated_by',
  'sys_created_by',
  'sys_mod_count',
];

export type ServiceNowRow = Record<string, string>;

export interface ServiceNowStandIn extends StandIn {
  readonly rows: ServiceNowRow[];
}

/** The Table API of a ServiceNow instance, of the table `incident`, versions 1 and 2. */
export const startServiceNowStandIn = async (): Promise<ServiceNowStandIn> => {
  const rows: ServiceNowRow[] = [];
  const standIn = await startStandIn((request) => answerOf(request, rows, standIn?.url ?? ''));
  return { ...standIn, rows };
};

const failed = (status: number, message: string, detail: string | null): StandInAnswer => ({
  status,
  body: { error: { message, detail }, status: 'failure' },
});

const answerOf = (request: StandInRequest, rows: ServiceNowRow[], url: string): StandInAnswer => {
  const basic = Buffer.from(`${SERVICENOW_USER}:${SERVICENOW_PASSWORD}`).toString('base64');
  if (request.headers.authorization !== `Basic ${basic}`)
    return failed(401, 'User Not Authenticated', 'Required to provide Auth information');
  const [, version, table, id] =
    /^\/api\/now(\/v\d)?\/table\/(\w+)(?:\/(\w+))?$/.exec(request.path) ?? [];
  if (table === undefined)
    return failed(400, 'Requested URI does not represent any resource', null);
  if (table !== 'incident') return failed(400, `Invalid table ${table}`, null);
  if (id === undefined) {
    if (request.method === 'POST') return create(request, rows, url);
    return request.method === 'GET'
      ? query(request, rows, version === '/v2')
      : failed(405, 'Method not supported', null);
  }
  const row = rows.find((one) => one['sys_id'] === id);
  if (row === undefined)
    return failed(
      404,
      'No Record found',
      "Record doesn't exist or ACL restricts the record retrieval",
    );
  if (request.method === 'GET') return { status: 200, body: { result: viewOf(row, request) } };
  return request.method === 'PATCH' || request.method === 'PUT'
    ? change(row, request)
    : failed(405, 'Method not supported', null);
};

/** What is not a column is left out without a word, and what is too long is cut. */
const valuesOf = (body: Record<string, unknown>): ServiceNowRow =>
  Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) => {
      const length = COLUMNS[name];
      return length === undefined || name.startsWith('sys_')
        ? []
        : [[name, String(value).slice(0, length)]];
    }),
  );

const create = (request: StandInRequest, rows: ServiceNowRow[], url: string): StandInAnswer => {
  const body = objectOf(request.body);
  if (body === null)
    return failed(400, 'Exception while reading request', 'The payload is not valid JSON.');
  const row: ServiceNowRow = {
    ...Object.fromEntries([...Object.keys(COLUMNS), ...OWN].map((name) => [name, ''])),
    state: '1',
    impact: '3',
    urgency: '3',
    ...valuesOf(body),
    sys_id: (rows.length + 1).toString(16).padStart(32, 'a'),
    number: `INC${String(10_000 + rows.length).padStart(7, '0')}`,
    sys_created_by: SERVICENOW_USER,
    sys_updated_by: SERVICENOW_USER,
    sys_created_on: `2026-11-30 10:00:${String(rows.length % 60).padStart(2, '0')}`,
    sys_mod_count: '0',
  };
  rows.push(row);
  return {
    status: 201,
    headers: { location: `${url}/api/now/table/incident/${row['sys_id']}` },
    body: { result: viewOf(row, request) },
  };
};

const change = (row: ServiceNowRow, request: StandInRequest): StandInAnswer => {
  const body = objectOf(request.body);
  if (body === null)
    return failed(400, 'Exception while reading request', 'The payload is not valid JSON.');
  const next = { ...row, ...valuesOf(body) };
  if (next['state'] === '6' && (!next['close_code'] || !next['close_notes']))
    return failed(
      403,
      'Operation Failed',
      'Data Policy Exception: The following fields are mandatory: Resolution code, Resolution notes',
    );
  Object.assign(row, next, {
    sys_updated_by: SERVICENOW_USER,
    sys_mod_count: String(Number(row['sys_mod_count']) + 1),
  });
  return { status: 200, body: { result: viewOf(row, request) } };
};

/** "If part of a query is invalid, such as an invalid field name, the instance ignores the invalid part." */
const query = (
  { query: asked, ...request }: StandInRequest,
  rows: readonly ServiceNowRow[],
  isTwo: boolean,
): StandInAnswer => {
  const parts = (asked.get('sysparm_query') ?? '').split('^');
  const found = rows.filter((row) => parts.every((part) => fits(row, part)));
  const start = Number(asked.get('sysparm_offset') ?? 0);
  const page = found.slice(start, start + Number(asked.get('sysparm_limit') ?? 10_000));
  if (page.length === 0 && !isTwo)
    return failed(
      404,
      'No Record found',
      "Record doesn't exist or ACL restricts the record retrieval",
    );
  return {
    status: 200,
    headers: { 'x-total-count': String(found.length) },
    body: { result: page.map((row) => viewOf(row, { query: asked, ...request })) },
  };
};

const fits = (row: ServiceNowRow, part: string): boolean => {
  const [, name = '', operator = '', value = ''] = /^(\w+?)(!=|=|LIKE|IN)(.*)$/s.exec(part) ?? [];
  const found = row[name];
  if (found === undefined) return true;
  if (operator === '=') return found === value;
  if (operator === '!=') return found !== value;
  return operator === 'IN' ? value.split(',').includes(found) : found.includes(value);
};

const viewOf = (row: ServiceNowRow, { query: asked }: Pick<StandInRequest, 'query'>): object => {
  const fields = (asked.get('sysparm_fields') || Object.keys(row).join()).split(',');
  const isAll = asked.get('sysparm_display_value') === 'all';
  return Object.fromEntries(
    fields
      .filter((name) => row[name] !== undefined)
      .map((name) => [name, isAll ? { value: row[name], display_value: row[name] } : row[name]]),
  );
};
