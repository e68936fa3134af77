import type { AttributeValue } from '../../domain/log-record.ts';
import { severityOfText } from './severity.ts';

/** Where loggers put the level in a structured body; names before numbers, which Monolog has both of. */
export const LEVEL_KEYS = [
  'level_name',
  'level',
  'severity',
  'lvl',
  'levelname',
  'log.level',
  'log_level',
  'loglevel',
  'logLevel',
  'LogLevel',
  'Level',
  'severity_text',
  'severityText',
  'PRIORITY',
  '@l',
  's',
];

/**
 * The level that attributes name, of a record that has none of its own; 0 for none. A number is one only in tens, as pino and
 * bunyan have it: `level: 3` of a game is none.
 */
export const severityInAttributes = (
  valueOf: (key: string) => AttributeValue | undefined,
): number => {
  for (const key of ATTRIBUTE_KEYS) {
    const value = valueOf(key);
    const isLevel = typeof value === 'string' || (typeof value === 'number' && TENS.has(value));
    const severity = isLevel ? severityOfText(String(value)) : 0;
    if (severity > 0) return severity;
  }
  return 0;
};

const ATTRIBUTE_KEYS = LEVEL_KEYS.filter((key) => key !== 's' && key !== '@l');
const TENS = new Set([10, 20, 30, 40, 50, 60]);
