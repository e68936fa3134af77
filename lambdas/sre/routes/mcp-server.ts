import { knownError } from '../../platform/http-entry.ts';
import { note } from '../../platform/invocation.ts';
import type { AppError } from '../../shared/app-error.ts';
import { AGENT_ANSWER_BYTES_MAX, boundAnswer } from '../formats/agent-answer.ts';
import { NOTICE } from '../formats/agent-schemas.ts';
import { incidentListSchema } from '../formats/incident-schemas.ts';
import { AGENT_TOOLS, type AgentTool, type AskRoute } from './agent-tools.ts';
import { refusalWords } from './refusal-words.ts';
import { listedTools } from './listed-tools.ts';

/** The SDK's, which is stored beside the bundle. */
export type McpParts = typeof import('#beside/mcp-server');
type McpServer = InstanceType<McpParts['Server']>;

interface Serving {
  readonly version: string;
  /** Whether its key may act on incidents: else the tools that do are not listed, and the routes refuse them. */
  readonly mayAct: boolean;
  /** For what fails unexpectedly. */
  readonly functionName: string;
  readonly ask: AskRoute;
  readonly nowMs: () => number;
}

const INSTRUCTIONS = [
  'Sluice watches services by their logs, traces and metrics, and opens one incident for each real fault.',
  'Begin with list_incidents (state "live"), then get_incident; search_logs and get_trace show its lines and requests.',
  NOTICE,
  'Times are epoch ms in UTC.',
].join(' ');

const RESOURCE = 'sluice://incidents/';
const LISTED_MAX = 50;
/** https://modelcontextprotocol.io/specification/2025-11-25/server/resources#error-handling */
const RESOURCE_NOT_FOUND = -32_002;

/** A server for the messages of one request. */
export const mcpServer = (parts: McpParts, serving: Serving): McpServer => {
  const server = new parts.Server(
    { name: 'sluice', title: 'Sluice', version: serving.version },
    {
      capabilities: { tools: {}, resources: {} },
      instructions: INSTRUCTIONS,
      // Of what clients answer, and nothing is asked of them: the SDK's own is large.
      jsonSchemaValidator: { getValidator: () => () => NOT_ASKED },
    },
  );
  const inTurn = oneAfterTheOther();
  server.setRequestHandler(parts.ListToolsRequestSchema, () => ({
    tools: listedTools().filter(({ annotations }) => serving.mayAct || annotations.readOnlyHint),
  }));
  server.setRequestHandler(parts.CallToolRequestSchema, async ({ params }) => {
    const [, tool] = Object.entries(AGENT_TOOLS).find(([name]) => name === params.name) ?? [];
    if (tool === undefined)
      throw new parts.McpError(parts.ErrorCode.InvalidParams, `Unknown tool: ${params.name}`);
    note({ tool: params.name });
    return await inTurn(async () => {
      try {
        return shown(await answerOf(serving, tool, params.arguments ?? {}));
      } catch (error) {
        return refused(knownError(error, serving.functionName), tool);
      }
    });
  });
  server.setRequestHandler(parts.ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: [
      {
        uriTemplate: `${RESOURCE}{incident_id}`,
        name: 'incident',
        title: 'An incident with its cause, timeline and tickets',
        mimeType: MIME_TYPE,
      },
    ],
  }));
  server.setRequestHandler(parts.ListResourcesRequestSchema, async () => {
    const query = { state: 'live', limit: LISTED_MAX };
    const live = await inTurn(async () => await serving.ask('GET /v1/incidents', { query }));
    const { value } = boundAnswer(live, AGENT_ANSWER_BYTES_MAX);
    return {
      resources: incidentListSchema.parse(value).data.map(({ id, title }) => ({
        uri: `${RESOURCE}${id}`,
        name: title,
        mimeType: MIME_TYPE,
      })),
    };
  });
  server.setRequestHandler(parts.ReadResourceRequestSchema, async ({ params: { uri } }) => {
    const id = uri.startsWith(RESOURCE) ? uri.slice(RESOURCE.length) : '';
    try {
      const given = { incident_id: id };
      const body = await inTurn(
        async () => await answerOf(serving, AGENT_TOOLS.get_incident, given),
      );
      return { contents: [{ uri, mimeType: MIME_TYPE, text: jsonText(body) }] };
    } catch (error) {
      const known = knownError(error, serving.functionName);
      const isMissing = known.status === 404 || known.status === 400;
      throw new parts.McpError(
        isMissing ? RESOURCE_NOT_FOUND : parts.ErrorCode.InternalError,
        isMissing ? 'Resource not found' : refusalWords(known, true),
        { uri },
      );
    }
  });
  return server;
};

const MIME_TYPE = 'application/json';
const NOT_ASKED = { valid: false, data: undefined, errorMessage: 'nothing was asked' } as const;

/** Messages that came together are answered in turn: a search alone holds many blocks. */
const oneAfterTheOther = () => {
  let before: Promise<unknown> = Promise.resolve();
  return async <T>(work: () => Promise<T>): Promise<T> => {
    const mine = before.then(work, work);
    before = mine;
    return await mine;
  };
};

const answerOf = async (
  { ask, nowMs }: Serving,
  tool: AgentTool,
  given: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> => {
  const { value, isShortened } = boundAnswer(await tool.call(ask, given), AGENT_ANSWER_BYTES_MAX);
  return { notice: NOTICE, now: nowMs(), shortened: isShortened, ...value };
};

/** As an object for programs, and as a text for models, between marks that nothing in it can write. */
const shown = (body: Record<string, unknown>) => ({
  structuredContent: body,
  content: [
    { type: 'text' as const, text: `${NOTICE}\n<data>` },
    { type: 'text' as const, text: jsonText(body) },
    { type: 'text' as const, text: '</data>' },
  ],
});

/** JSON without a `<`. */
const jsonText = (body: object): string => JSON.stringify(body).replaceAll('<', String.raw`\u003c`);

const refused = (error: AppError, { does }: AgentTool) => ({
  isError: true,
  content: [{ type: 'text' as const, text: refusalWords(error, does === 'read') }],
});
