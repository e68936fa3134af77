import { mkdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import type { EventBus } from './events/event-bus.ts';
import { isLoopback } from './http/loopback.ts';
import { closeServer, serve } from './http/server.ts';
import { readState, writeState } from './state-folder.ts';
import { mailAnswer, type LocalMail } from './ses-endpoint.ts';
import { automationAnswer, parameterAnswer } from './ssm-endpoint.ts';

const secretsFile = z.record(z.string(), z.string());

/** Secrets on disk, readable by their owner alone. */
export class SecretStore {
  private readonly path: string;
  private secrets: Record<string, string>;

  constructor(path: string) {
    this.path = path;
    this.secrets = readState(path, secretsFile) ?? {};
  }

  get(name: string): string | undefined {
    return this.secrets[name];
  }

  put(name: string, value: string): void {
    this.keep({ ...this.secrets, [name]: value });
  }

  remove(name: string): void {
    const { [name]: _removed, ...rest } = this.secrets;
    this.keep(rest);
  }

  private keep(secrets: Record<string, string>): void {
    this.secrets = secrets;
    mkdirSync(dirname(this.path), { recursive: true });
    writeState(this.path, JSON.stringify(this.secrets));
  }
}

const secretCall = z.object({ SecretId: z.string(), SecretString: z.string().optional() });

export interface AwsEndpoints {
  readonly url: string;
  /** What the custom resource with this request id answered. */
  answerOf(requestId: string): Promise<unknown>;
  stop(): void;
}

/** The calls of Secrets Manager, Parameter Store, SES, EventBridge and CloudFormation that the functions make, on their real wires. */
export const startAwsEndpoints = async (
  secrets: SecretStore,
  bus: Pick<EventBus, 'put'>,
  onMail: (mail: LocalMail) => void = () => undefined,
): Promise<AwsEndpoints> => {
  const answers = new Map<string, PromiseWithResolvers<unknown>>();
  const answer = (id: string): PromiseWithResolvers<unknown> => {
    const known = answers.get(id) ?? Promise.withResolvers<unknown>();
    answers.set(id, known);
    return known;
  };
  const answered = async (request: IncomingMessage): Promise<Answered> => {
    if (!isLoopback(request.headers.host)) return [403, null];
    const sent: unknown = JSON.parse(await text(request));
    if (request.method === 'POST' && request.url === MAIL_PATH) return mailAnswer(onMail, sent);
    const [, requestId] = CUSTOM_RESOURCE.exec(request.url ?? '') ?? [];
    if (request.method === 'PUT' && requestId !== undefined) {
      answer(decodeURIComponent(requestId)).resolve(sent);
      return [200, null];
    }
    const action =
      String(request.headers['x-amz-target'] ?? '')
        .split('.')
        .at(-1) ?? '';
    return await answerOf({ secrets, bus }, action, sent);
  };
  const { server, port } = await serve((request, response) => {
    void respond(answered, request, response);
  }, 0);
  return {
    url: `http://127.0.0.1:${port}`,
    answerOf: async (id) => await answer(id).promise,
    stop: () => void closeServer(server),
  };
};

const JSON_TYPE = { 'content-type': 'application/x-amz-json-1.1' };
const MAIL_PATH = '/v2/email/outbound-emails';
const CUSTOM_RESOURCE = /^\/custom-resource\/([^/?]+)$/;

/** Status and body. */
type Answered = readonly [number, object | null];

const respond = async (
  answered: (request: IncomingMessage) => Promise<Answered>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  try {
    const [status, body] = await answered(request);
    response.writeHead(status, JSON_TYPE);
    response.end(body === null ? undefined : JSON.stringify(body));
  } catch (error) {
    console.error(`${request.method} ${request.url}:`, error);
    response.writeHead(500).end();
  }
};

const answerOf = async (
  { secrets, bus }: { readonly secrets: SecretStore; readonly bus: Pick<EventBus, 'put'> },
  action: string,
  sent: unknown,
): Promise<Answered> => {
  switch (action) {
    case 'GetSecretValue': {
      const { SecretId } = secretCall.parse(sent);
      const value = secrets.get(SecretId);
      return value === undefined
        ? [400, { __type: 'ResourceNotFoundException' }]
        : [200, { Name: SecretId, SecretString: value, VersionId: 'local' }];
    }
    case 'PutSecretValue': {
      const { SecretId, SecretString } = secretCall.parse(sent);
      secrets.put(SecretId, SecretString ?? '');
      return [200, { Name: SecretId, VersionId: 'local' }];
    }
    case 'GetParameter':
    case 'PutParameter':
    case 'DeleteParameter':
      return parameterAnswer(secrets, action, sent);
    case 'StartAutomationExecution':
    case 'GetAutomationExecution':
      return automationAnswer(action, sent);
    case 'PutEvents': {
      const put = await bus.put(sent);
      return put === null
        ? [400, { __type: 'ValidationException', message: 'Entries' }]
        : [200, put];
    }
    default:
      return [400, { __type: 'UnknownOperationException', message: action }];
  }
};
