import * as z from 'zod';
import { checked } from '../../http/body.ts';
import { AGENT_INPUTS, type AgentToolName } from '../formats/agent-schemas.ts';
import { deliveryListSchema } from '../formats/destination-schemas.ts';
import { incidentWithStepsSchema, whyIncidentSchema } from '../formats/incident-schemas.ts';
import { searchSchema, serviceListSchema } from '../formats/sre-schemas.ts';

interface Asked {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: object;
}

/** Asks a route of ours as the caller; answers its body. Throws what the route throws. */
export type AskRoute = (route: string, asked: Asked) => Promise<object>;

export interface AgentTool {
  readonly title: string;
  readonly description: string;
  /** `read` changes nothing, `act` can be taken back by people, `end` resolves. */
  readonly does: 'read' | 'act' | 'end';
  /** Twice is as once. */
  readonly isIdempotent: boolean;
  /** Throws AppError. */
  readonly call: (ask: AskRoute, given: unknown) => Promise<object>;
}

/** A timeline may have 2,000 steps: the newest tell most. */
const STEPS_MAX = 40;

const tool = <T>(
  input: z.ZodType<T>,
  words: Pick<AgentTool, 'title' | 'description'> & Partial<AgentTool>,
  call: (ask: AskRoute, input: T) => Promise<object>,
): AgentTool => ({
  does: 'read',
  isIdempotent: true,
  ...words,
  call: async (ask, given) => await call(ask, checked(input, given)),
});

const {
  list_incidents,
  get_incident,
  list_anomalies,
  explain_anomaly,
  why_ticket,
  search_logs,
  get_trace,
  list_services,
  explain_lines,
  acknowledge_incident,
  add_note,
  list_runbooks,
  get_runbook,
  propose_step,
  resolve_incident,
} = AGENT_INPUTS;

/** What an agent may do. Each is a route, or two: who may ask, what is looked up and what is refused is theirs to say. */
export const AGENT_TOOLS: Readonly<Record<AgentToolName, AgentTool>> = {
  list_incidents: tool(
    list_incidents,
    {
      title: 'List incidents',
      description:
        'Incidents, newest first: state, severity, services, likely root. Begin here with state "live".',
    },
    async (ask, query) => await ask('GET /v1/incidents', { query }),
  ),
  get_incident: tool(
    get_incident,
    {
      title: 'Get an incident',
      description:
        'One incident whole: likely cause with its confidence and what would make it surer (gaps), timeline, ids of its anomalies, links to its tickets.',
    },
    async (ask, { incident_id }) => {
      const params = { incident_id };
      const incident = incidentWithStepsSchema.parse(
        await ask('GET /v1/incidents/{incident_id}', { params }),
      );
      const timeline = incident.timeline.slice(-STEPS_MAX);
      return { ...incident, timeline, tickets: await ticketsOf(ask, incident_id) };
    },
  ),
  list_anomalies: tool(
    list_anomalies,
    {
      title: 'List anomalies',
      description:
        'What deviates, newest first; without times that of the last day. Several may be one incident.',
    },
    async (ask, query) => await ask('GET /v1/anomalies', { query }),
  ),
  explain_anomaly: tool(
    explain_anomaly,
    {
      title: 'Explain an anomaly',
      description:
        'Why it is one and how bad: each part of its score with its reasons, its template, and the log lines that show it.',
    },
    async (ask, params) => await ask('GET /v1/anomalies/{anomaly_id}', { params }),
  ),
  why_ticket: tool(
    why_ticket,
    {
      title: 'Say why there is a ticket, or none',
      description:
        'Which incident an anomaly is in, or why it opens none (a silence, too small, over), and where the tickets of that incident are.',
    },
    async (ask, params) => {
      const decision = whyIncidentSchema.parse(
        await ask('GET /v1/anomalies/{anomaly_id}/incident', { params }),
      );
      const { incident_id: id } = decision;
      return { ...decision, tickets: id === null ? [] : await ticketsOf(ask, id) };
    },
  ),
  search_logs: tool(
    search_logs,
    {
      title: 'Search logs',
      description:
        'Log lines by words, service, severity, trace and attributes, newest first; without times those of the last hour. Secrets are masked.',
    },
    async (ask, { attributes = {}, ...query }) => {
      const named = Object.entries(attributes).map(([name, value]) => [`attribute.${name}`, value]);
      const found = searchSchema.parse(
        await ask('GET /v1/logs/search', { query: { ...query, ...Object.fromEntries(named) } }),
      );
      const { histogram: _, data, ...rest } = found;
      return { ...rest, data: data.map(({ highlight: __, ...record }) => record) };
    },
  ),
  get_trace: tool(
    get_trace,
    {
      title: 'Get a trace',
      description: 'The spans of one request over all services, and its log lines.',
    },
    async (ask, { trace_id, ...query }) =>
      await ask('GET /v1/traces/{trace_id}', { params: { trace_id }, query }),
  ),
  list_services: tool(
    list_services,
    {
      title: 'List services',
      description:
        'Who sends telemetry, and how it is with them: rate, error rate, 95th percentile, what is open, owner.',
    },
    async (ask, { contains = '' }) => {
      const list = serviceListSchema.parse(await ask('GET /v1/services', {}));
      const data = list.data.filter(({ source }) => source.service.includes(contains));
      return { ...list, data };
    },
  ),
  explain_lines: tool(
    explain_lines,
    {
      title: 'Explain lines',
      description:
        'A dry run: what lines of log would score, by which signals, and why not more. Nothing is stored.',
    },
    async (ask, body) => await ask('POST /v1/anomalies/explain', { body }),
  ),
  acknowledge_incident: tool(
    acknowledge_incident,
    {
      title: 'Acknowledge an incident',
      description:
        'Says that somebody has seen it, which ends its reminders and acknowledges its tickets. An incident that is resolved stays as it is.',
      does: 'act',
    },
    async (ask, { incident_id }) => await change(ask, incident_id, { state: 'acknowledged' }),
  ),
  add_note: tool(
    add_note,
    {
      title: 'Add a note',
      description: 'A line on the timeline of an incident, for the people who work on it.',
      does: 'act',
      isIdempotent: false,
    },
    async (ask, { incident_id, note }) => await change(ask, incident_id, { note }),
  ),
  list_runbooks: tool(
    list_runbooks,
    {
      title: 'List runbooks',
      description: 'What people wrote down to do, and for which services and kinds of anomalies.',
    },
    async (ask) => await ask('GET /v1/runbooks', {}),
  ),
  get_runbook: tool(
    get_runbook,
    { title: 'Get a runbook', description: 'One whole: its text and its steps.' },
    async (ask, params) => await ask('GET /v1/runbooks/{runbook_id}', { params }),
  ),
  propose_step: tool(
    propose_step,
    {
      title: 'Propose a step of a runbook',
      description:
        'Asks people to allow one step for an incident. Nothing is done before a person approves it, elsewhere; you cannot.',
      does: 'act',
    },
    async (ask, body) => await ask('POST /v1/remediations', { body }),
  ),
  resolve_incident: tool(
    resolve_incident,
    {
      title: 'Resolve an incident',
      description:
        'Says that it is over, here and at every ticket. Only when a person asked for it: what is not over opens again, and people have read that it was.',
      does: 'end',
      isIdempotent: false,
    },
    async (ask, { incident_id, note }) =>
      await change(ask, incident_id, { state: 'resolved', note }),
  ),
};

const ticketsOf = async (ask: AskRoute, incident_id: string) =>
  deliveryListSchema.parse(await ask('GET /v1/deliveries', { query: { incident_id } })).data;

const change = async (ask: AskRoute, incident_id: string, body: object): Promise<object> =>
  await ask('PATCH /v1/incidents/{incident_id}', { params: { incident_id }, body });
