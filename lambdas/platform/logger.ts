import { LogFormatter, LogItem, Logger } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import { invocationFacts } from './invocation.ts';

/** One JSON line: level, message, time, the invocation's ids, and what the caller adds. */
class LineFormatter extends LogFormatter {
  /** Where it happened and what it says; nothing that an error carries along, for that may be somebody's text. */
  override formatError(error: Error): LogAttributes {
    const { cause } = error;
    return {
      name: error.name,
      ...('code' in error ? { code: String(error.code) } : {}),
      // A syntax error quotes the text that it could not read.
      ...(error instanceof SyntaxError ? {} : { message: error.message }),
      at: (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at ')),
      ...(cause instanceof Error ? { cause: this.formatError(cause) } : {}),
    };
  }

  override formatAttributes(attributes: UnformattedAttributes, more: LogAttributes): LogItem {
    return new LogItem({
      attributes: {
        level: attributes.logLevel,
        message: attributes.message,
        timestamp: this.formatTimestamp(attributes.timestamp),
        service: attributes.serviceName,
        ...invocationFacts(),
      },
    }).addAttributes(more);
  }
}

/** Structured JSON. Never a secret, never a prompt: callers log ids, codes and figures. */
export const logger = new Logger({ logFormatter: new LineFormatter() });

/** One failure with its stack. */
export const report = (message: string, error: unknown): void => {
  if (error instanceof Error) logger.error(message, { error });
  else logger.error(message, { detail: JSON.stringify(error) });
};
