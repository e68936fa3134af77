const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

const numbered = (first: number, names: readonly string[]): ReadonlyMap<string, number> =>
  new Map(names.map((name, index) => [name, first + index]));

/** Names of OTLP's enumerations without what they all begin with. */
const NAMES = {
  SEVERITY_NUMBER: numbered(
    1,
    LEVELS.flatMap((name) => [name, `${name}2`, `${name}3`, `${name}4`]),
  ),
  SPAN_KIND: numbered(1, ['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']),
  STATUS_CODE: numbered(1, ['OK', 'ERROR']),
  AGGREGATION_TEMPORALITY: numbered(1, ['DELTA', 'CUMULATIVE']),
} as const;

type EnumName = keyof typeof NAMES;

const NAME_CHARS_MAX = 40;

/**
 * A number of one of OTLP's enumerations; 0 for none. Its JSON has numbers; protobuf's own JSON has names
 * (`SEVERITY_NUMBER_ERROR`), and so do senders that use it: https://github.com/vectordotdev/vector/issues/24891
 */
export const enumOf = (value: unknown, name: EnumName): number => {
  if (typeof value === 'number') return Number.isInteger(value) ? value : 0;
  if (typeof value !== 'string' || value.length > NAME_CHARS_MAX) return 0;
  if (/^\d{1,3}$/.test(value)) return Number(value);
  const word = value.toUpperCase();
  return NAMES[name].get(word.startsWith(`${name}_`) ? word.slice(name.length + 1) : word) ?? 0;
};
