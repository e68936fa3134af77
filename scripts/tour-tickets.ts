/** Where the tour's tickets go: a webhook of its own, which prints each one as it comes. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { confidenceText } from '../lambdas/sre/domain/cause.ts';
import { webhookSignature } from '../lambdas/shared/webhook-signature.ts';
import { listenHere } from '../local/http/listen-here.ts';

const source = z.object({ service: z.string() });
const said = z.array(z.object({ text: z.string(), cites: z.array(z.string()) }));
const diagnosis = z.object({
  model: z.string(),
  confidence: z.string(),
  summary: said,
  root_cause: said,
  blast_radius: said,
  fix_steps: said,
});
const delivery = z.object({
  type: z.string(),
  ticket: z
    .object({
      incident_id: z.string(),
      state: z.string(),
      severity: z.string(),
      title: z.string(),
      why: z.array(z.string()),
      affected: z.array(z.string()),
      evidence: z.array(z.object({ service: z.string(), text: z.string() })),
      cause: z.object({ source, because: z.array(z.string()), confidence: z.number() }).nullable(),
      gaps: z.array(z.string()),
      suggested_fix: z.string().nullable(),
      diagnosis: diagnosis.nullable(),
    })
    .optional(),
});
export type TourTicket = NonNullable<z.infer<typeof delivery>['ticket']>;

type Ask = (method: string, path: string, body?: object) => Promise<unknown>;

/** Puts the destination in; `end` takes it away again. */
export const ticketDesk = async (
  ask: Ask,
  onTicket: (type: string, ticket: TourTicket) => void,
) => {
  let secret = '';
  const server = createServer((request, response) => {
    const answer = async (): Promise<number> => {
      const body = await text(request);
      const stamp = Number(request.headers['x-sluice-timestamp']);
      if (request.headers['x-sluice-signature'] !== webhookSignature(secret, stamp, body))
        return 401;
      const { type, ticket } = delivery.parse(JSON.parse(body));
      if (ticket !== undefined) onTicket(type, ticket);
      return 204;
    };
    void answer().then(
      (status) => response.writeHead(status).end(),
      () => response.writeHead(400).end(),
    );
  });
  const port = await listenHere(server);
  const made = z.object({ id: z.string(), secret: z.string() }).parse(
    await ask('POST', '/v1/destinations', {
      kind: 'webhook',
      name: 'tour of the SRE',
      settings: { url: `http://127.0.0.1:${port}/` },
      routes: [{ environments: ['production'] }],
    }),
  );
  secret = made.secret;
  return {
    end: async (): Promise<void> => {
      await ask('DELETE', `/v1/destinations/${made.id}`);
      server.close();
    },
  };
};

/** The whole ticket when it is new; of a change what it is now. */
export const ticketText = (type: string, ticket: TourTicket): string => {
  const { cause } = ticket;
  const head = `\nTICKET ${type.replace('ticket.', '')}: ${ticket.title}\n  ${ticket.severity}, ${ticket.state}`;
  if (type !== 'ticket.opened')
    return [
      `${head}; cause: ${cause === null ? 'none is sure enough' : cause.source.service}`,
      ...diagnosisLines(ticket.diagnosis),
    ].join('\n');
  const blame =
    cause === null
      ? ['no cause is sure enough yet', ...ticket.gaps]
      : [`${cause.source.service} (${confidenceText(cause.confidence)})`, ...cause.because];
  return [
    `${head}; affected: ${ticket.affected.join(', ')}`,
    ...ticket.why.map((line) => `  why       ${line}`),
    ...blame.map((line) => `  cause     ${line}`),
    ...ticket.evidence.map(
      (line) => `  evidence  ${line.service}: ${line.text.split('\n')[0] ?? ''}`,
    ),
    ...(ticket.suggested_fix === null ? [] : [`  next step ${ticket.suggested_fix}`]),
    ...diagnosisLines(ticket.diagnosis),
  ].join('\n');
};

/** What a model says, each claim with the records that it names. */
const diagnosisLines = (given: TourTicket['diagnosis']): readonly string[] => {
  if (given === null) return [];
  const shown = (what: string, claims: (typeof given)['summary']): readonly string[] =>
    claims.map(
      ({ text: claim, cites }) => `  ${what.padEnd(10)}${claim} [${cites.map(shortId).join(', ')}]`,
    );
  return [
    `  model     ${given.model}, ${given.confidence} confidence; a suggestion, nothing above depends on it`,
    ...shown('says', [...given.summary, ...given.root_cause, ...given.blast_radius]),
    ...shown('step', given.fix_steps),
  ];
};

const shortId = (id: string): string =>
  id.includes('#') ? `${id.slice(0, 6)}…${id.slice(id.indexOf('#'))}` : id;

/** A model that is made up on this machine is asked about the incidents of the tour; `end` sets what was set before. */
export const simulatedDiagnoses = async (
  ask: Ask,
  simulated: readonly string[],
): Promise<{ readonly end: () => Promise<void> }> => {
  const model = SIMULATED_MODELS.find(({ provider }) => simulated.includes(provider))?.model;
  const before = z
    .object({ model: z.string().nullable() })
    .parse(await ask('GET', '/v1/diagnosis'));
  if (model === undefined || before.model !== null)
    return { end: async () => await Promise.resolve() };
  await ask('PATCH', '/v1/diagnosis', { model });
  return { end: async () => void (await ask('PATCH', '/v1/diagnosis', { model: null })) };
};

const SIMULATED_MODELS = [
  { provider: 'openai', model: 'gpt-4o-mini' },
  { provider: 'anthropic', model: 'claude-sonnet-5-5' },
  { provider: 'deepseek', model: 'deepseek-flash' },
] as const;
