import type { AttributeValue, HttpFacts } from '../../domain/log-record.ts';
import type { Flat } from './flatten.ts';

/** The stable conventions, those before them (to 1.20), and what pino-http and morgan's bridges write. */
const STATUS = ['http.response.status_code', 'http.status_code', 'res.statusCode'];
const METHOD = ['http.request.method', 'http.method', 'req.method'];
const ROUTE = ['http.route', 'url.path', 'http.target', 'req.url', 'url.full', 'http.url'];

/** By name: milliseconds in one of its unit. */
const DURATIONS: readonly (readonly [string, number])[] = [
  ['http.server.request.duration', 1_000],
  ['http.client.request.duration', 1_000],
  ['http.server.duration', 1],
  ['http.duration_ms', 1],
  ['duration_ms', 1],
  ['responseTime', 1],
  ['event.duration', 1e-6],
];

/** Takes what describes a request out of the attributes; null for none. */
export const takeHttp = (flat: Flat): HttpFacts | null => {
  if (flat.size === 0) return null;
  const [status, method] = [statusOf(take(flat, STATUS)), textOf(take(flat, METHOD))];
  if (status === 0 && method === '') return null;
  return {
    status,
    method: knownMethod(method.toUpperCase()),
    route: pathOf(textOf(take(flat, ROUTE))),
    durationMs: takeDuration(flat),
  };
};

/**
 * A request as servers write it in a line of access (nginx, Apache, Envoy, gunicorn): `"GET /a HTTP/1.1" 502 `. Its line is all
 * that such a server says of it; null for another line.
 */
export const httpInLine = (line: string): HttpFacts | null => {
  if (!line.includes(' HTTP/')) return null;
  const [, method = '', target = '', status = ''] = ACCESS.exec(line) ?? [];
  if (statusOf(status) === 0) return null;
  return { status: statusOf(status), method, route: pathOf(target), durationMs: null };
};

const ACCESS = /"([A-Z]{3,16}) (\S{1,2000}) HTTP\/\d(?:\.\d)?" (\d{3})(?: |$)/;

const take = (flat: Flat, keys: readonly string[]): AttributeValue | null => {
  for (const key of keys) {
    const value = flat.get(key);
    if (value === undefined) continue;
    flat.delete(key);
    return value;
  }
  return null;
};

const textOf = (value: AttributeValue | null): string => (typeof value === 'string' ? value : '');

/** As the conventions have it for a method that is none: any text could stand there. */
const knownMethod = (method: string): string =>
  method === '' || /^[A-Z]{3,16}$/.test(method) ? method : '_OTHER';

/** 0 for what is no status. */
const statusOf = (value: AttributeValue | null): number => {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 100 && status <= 599
    ? status
    : 0;
};

/** Without scheme, host, query and fragment: an id or a secret there would make each call a route of its own. */
const pathOf = (target: string): string =>
  target.replace(/^[a-z]{1,10}:\/\/[^/?#]{0,300}/i, '').replace(/[?#][\s\S]*$/, '');

const takeDuration = (flat: Flat): number | null => {
  for (const [key, milliseconds] of DURATIONS) {
    const value = flat.get(key);
    if (typeof value !== 'number' || value < 0) continue;
    flat.delete(key);
    return value * milliseconds;
  }
  return null;
};
