import * as z from 'zod';
import { readEnv } from './env.ts';
import { invocationFacts } from './invocation.ts';

const { POWERTOOLS_SERVICE_NAME } = readEnv(
  z.object({ POWERTOOLS_SERVICE_NAME: z.string().default('service_undefined') }),
);
/** As the template names it, after a convention that dashboards know. */
export const SERVICE = POWERTOOLS_SERVICE_NAME;

type Facts = Readonly<Record<string, unknown>>;

/**
 * Structured JSON, a line each: level, message, time, service, the invocation's ids, and what the caller adds. Never a
 * secret, never a prompt: callers log ids, codes and figures. It goes round `console`, which Lambda puts a frame around.
 */
export const logger = {
  info: (message: string, facts: Facts = {}): void => print(process.stdout, 'INFO', message, facts),
  warn: (message: string, facts: Facts = {}): void => print(process.stderr, 'WARN', message, facts),
  error: (message: string, facts: Facts = {}): void =>
    print(process.stderr, 'ERROR', message, facts),
};

const print = (
  stream: NodeJS.WritableStream,
  level: 'INFO' | 'WARN' | 'ERROR',
  message: string,
  facts: Facts,
): void => {
  const line = {
    level,
    message,
    timestamp: new Date().toISOString(),
    service: SERVICE,
    ...invocationFacts(),
    ...facts,
  };
  stream.write(`${JSON.stringify(line, loggable)}\n`);
};

const loggable = (_name: string, value: unknown): unknown => {
  if (value instanceof Error) return errorFacts(value);
  if (typeof value === 'bigint') return String(value);
  return value === null || value === '' ? undefined : value;
};

/** Where it happened and what it says; nothing that an error carries along, for that may be somebody's text. */
const errorFacts = (error: Error): Facts => ({
  name: error.name,
  ...('code' in error ? { code: String(error.code) } : {}),
  // A syntax error quotes the text that it could not read.
  ...(error instanceof SyntaxError ? {} : { message: error.message }),
  at: (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at ')),
  ...(error.cause instanceof Error ? { cause: errorFacts(error.cause) } : {}),
});

/** One failure with its stack. */
export const report = (message: string, error: unknown): void => {
  if (error instanceof Error) logger.error(message, { error });
  else logger.error(message, { detail: JSON.stringify(error) });
};
