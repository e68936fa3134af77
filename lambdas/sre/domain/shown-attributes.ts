import type { Attributes, AttributeValue, LogRecord } from './log-record.ts';

type Described = Pick<LogRecord, 'attributes' | 'resource' | 'http'> & {
  readonly eventName?: string | null;
};

/** All that people see and find by name: what its sender said, and by the conventions' names what became a field. */
export const shownAttributes = (described: Described): Attributes => ({
  ...described.resource,
  ...described.attributes,
  ...Object.fromEntries(
    FIELDS.flatMap(([name, read]) => {
      const value = read(described);
      return value === null ? [] : [[name, value]];
    }),
  ),
});

/** The value that people mean by a name; null: there is none. */
export const attributeOf = (described: Described, name: string): AttributeValue | null => {
  const [newer] = namesOf(name);
  const field = FIELDS.find(([shown]) => shown === newer);
  const value = field?.[1](described) ?? null;
  return value ?? ownOf(described.attributes, name) ?? ownOf(described.resource, name);
};

const ownOf = (attributes: Attributes, name: string): AttributeValue | null =>
  Object.hasOwn(attributes, name) ? (attributes[name] ?? null) : null;

/** The names under which it may be shown, the first before the others. */
export const namesOf = (name: string): readonly [string, ...string[]] => {
  const newer = Object.hasOwn(OLDER_NAMES, name) ? OLDER_NAMES[name] : undefined;
  return newer === undefined ? [name] : [newer, name];
};

const FIELDS: readonly (readonly [string, (described: Described) => AttributeValue | null])[] = [
  ['http.response.status_code', ({ http }) => (http === null ? null : http.status || null)],
  ['http.request.method', ({ http }) => (http === null ? null : http.method || null)],
  ['http.route', ({ http }) => (http === null ? null : http.route || null)],
  ['http.duration_ms', ({ http }) => http?.durationMs ?? null],
  ['event.name', ({ eventName }) => eventName ?? null],
];

/** Of the conventions up to 1.20. */
const OLDER_NAMES: Readonly<Record<string, string>> = {
  'http.status_code': 'http.response.status_code',
  'http.method': 'http.request.method',
  'http.target': 'http.route',
};
