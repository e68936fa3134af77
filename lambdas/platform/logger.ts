import { Logger } from '@aws-lambda-powertools/logger';

/** Structured JSON. Never a secret, never a prompt: callers log ids, codes and figures. */
export const logger = new Logger({ serviceName: 'sluice' });

/** One failure with its stack. */
export const report = (message: string, error: unknown): void => {
  if (error instanceof Error) logger.error(message, error);
  else logger.error(message, { detail: JSON.stringify(error) });
};
