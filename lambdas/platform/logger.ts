import { Logger } from '@aws-lambda-powertools/logger';

/** Structured JSON. Never a secret, never a prompt: callers log ids, codes and figures. */
export const logger = new Logger({ serviceName: 'sluice' });

/** One failure with its stack. */
export const report = (message: string, error: unknown, requestId: string | null = null): void => {
  const facts = requestId === null ? {} : { request_id: requestId };
  if (error instanceof Error) logger.error(message, { ...facts, error });
  else logger.error(message, { ...facts, detail: JSON.stringify(error) });
};
