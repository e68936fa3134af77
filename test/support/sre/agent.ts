import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect } from 'vitest';
import * as z from 'zod';
import { AGENT_OUTPUTS, type AgentToolName } from '../../../lambdas/sre/formats/agent-schemas.ts';

/** The official client, as agents have it. With its tools listed it holds each answer to the schema of its tool. */
export const connectedAgent = async (baseUrl: string, secret: string): Promise<Client> => {
  const client = new Client({ name: 'agent', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL(`${baseUrl}/v1/mcp`), {
    requestInit: { headers: { authorization: `Bearer ${secret}` } },
  });
  await client.connect(transport);
  await client.listTools();
  return client;
};

const resultSchema = z.looseObject({
  isError: z.boolean().optional(),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
  content: z.array(z.object({ type: z.literal('text'), text: z.string() })),
});
/** The result of a tool, whatever it says. */
export const called = async (client: Client, name: string, given: object = {}) =>
  resultSchema.parse(await client.callTool({ name, arguments: { ...given } }));
type Answers = { readonly [Name in AgentToolName]: z.output<(typeof AGENT_OUTPUTS)[Name]> };
const schemas: { readonly [Name in AgentToolName]: z.ZodType<Answers[Name]> } = AGENT_OUTPUTS;
/** What a tool answers. */
export const answered = async <Name extends AgentToolName>(
  client: Client,
  name: Name,
  given: object = {},
): Promise<Answers[Name]> => {
  const result = await called(client, name, given);
  expect(result.isError, JSON.stringify(result.content)).toBeUndefined();
  const schema: z.ZodType<Answers[Name]> = schemas[name];
  return schema.parse(result.structuredContent);
};
/** What a tool says when it does not do what it was asked. */
export const refusal = async (
  client: Client,
  name: string,
  given: object = {},
): Promise<string> => {
  const result = await called(client, name, given);
  expect(result).toMatchObject({ isError: true });
  expect(result.structuredContent).toBeUndefined();
  return result.content.map(({ text }) => text).join('');
};
