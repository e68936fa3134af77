/** Headers that a browser may read, listed one by one: `*` does not cover requests with credentials. */
const EXPOSED = [
  'x-request-id',
  'request-id',
  'character-cost',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'x-sluice-cost-micros',
  'x-sluice-remaining-micros',
  'x-sluice-max-tokens',
  'x-sluice-model',
  'x-sluice-provider',
  'x-sluice-provider-request-id',
  'x-sluice-emulated',
  'x-sluice-route',
  'x-sluice-prices-as-of',
  'location',
  'x-sluice-simulated',
  'x-sluice-next-cursor',
  'x-sluice-thread-id',
  'x-sluice-run-id',
  'x-sluice-seq',
  'x-workflow-run-id',
  'x-workflow-stream-tail-index',
  'x-vercel-ai-ui-message-stream',
  'x-qlaud-thread-id',
  'x-qlaud-assistant-seq',
  'x-qlaud-resolved-model',
].join(', ');

/** `origins` is `*` or a comma-separated list; an origin outside it gets no header, so its browser refuses. */
export const corsHeaders = (
  origins: string,
  origin: string | undefined,
): Record<string, string> => {
  const allowed = origins.split(',').map((entry) => entry.trim());
  const shown = allowed.includes('*') ? '*' : allowed.find((entry) => entry === origin);
  return shown === undefined
    ? {}
    : {
        'access-control-allow-origin': shown,
        'access-control-expose-headers': EXPOSED,
        ...(shown === '*' ? {} : { vary: 'origin' }),
      };
};

/** The answer to a preflight reflects what was asked: SDKs send header names that nobody can list. */
export const preflightHeaders = (asked: string | undefined): Record<string, string> => ({
  'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE, OPTIONS',
  'access-control-allow-headers':
    asked !== undefined && /^[\w\-, ]{1,4096}$/.test(asked)
      ? asked
      : 'authorization, content-type, x-api-key',
  'access-control-max-age': '7200',
});
