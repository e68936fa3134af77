import { serve, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import type { EventBus } from './events/event-bus.ts';
import { isLoopback } from './http/loopback.ts';

const secretsFile = z.record(z.string(), z.string());

/** Secrets on disk, readable by their owner alone. */
export class SecretStore {
  private readonly path: string;
  private secrets: Record<string, string>;

  constructor(path: string) {
    this.path = path;
    this.secrets = existsSync(path)
      ? secretsFile.parse(JSON.parse(readFileSync(path, 'utf8')))
      : {};
  }

  get(name: string): string | undefined {
    return this.secrets[name];
  }

  put(name: string, value: string): void {
    this.secrets = { ...this.secrets, [name]: value };
    mkdirSync(dirname(this.path), { recursive: true });
    writeFileSync(this.path, JSON.stringify(this.secrets), { mode: 0o600 });
  }
}

const secretCall = z.object({ SecretId: z.string(), SecretString: z.string().optional() });

export interface AwsEndpoints {
  readonly url: string;
  /** What the custom resource with this request id answered. */
  answerOf(requestId: string): Promise<unknown>;
  stop(): void;
}

/** The calls of Secrets Manager, EventBridge and CloudFormation that the functions make, on their real wires. */
export const startAwsEndpoints = async (
  secrets: SecretStore,
  bus: Pick<EventBus, 'put'>,
): Promise<AwsEndpoints> => {
  const answers = new Map<string, PromiseWithResolvers<unknown>>();
  const answer = (id: string): PromiseWithResolvers<unknown> => {
    const known = answers.get(id) ?? Promise.withResolvers<unknown>();
    answers.set(id, known);
    return known;
  };
  const app = new Hono();
  app.use('*', async (context, next) =>
    isLoopback(context.req.header('host')) ? await next() : context.body(null, 403),
  );
  app.put('/custom-resource/:id', async (context) => {
    answer(context.req.param('id')).resolve(await context.req.json());
    return context.body(null, 200);
  });
  app.post('/', async (context) => {
    const action = (context.req.header('x-amz-target') ?? '').split('.').at(-1) ?? '';
    const body: unknown = await context.req.json();
    const headers = { 'content-type': 'application/x-amz-json-1.1' };
    switch (action) {
      case 'GetSecretValue': {
        const { SecretId } = secretCall.parse(body);
        const value = secrets.get(SecretId);
        return value === undefined
          ? context.json({ __type: 'ResourceNotFoundException' }, 400, headers)
          : context.json({ Name: SecretId, SecretString: value, VersionId: 'local' }, 200, headers);
      }
      case 'PutSecretValue': {
        const { SecretId, SecretString } = secretCall.parse(body);
        secrets.put(SecretId, SecretString ?? '');
        return context.json({ Name: SecretId, VersionId: 'local' }, 200, headers);
      }
      case 'PutEvents': {
        const put = await bus.put(body);
        return put === null
          ? context.json({ __type: 'ValidationException', message: 'Entries' }, 400, headers)
          : context.json(put, 200, headers);
      }
      default:
        return context.json({ __type: 'UnknownOperationException', message: action }, 400, headers);
    }
  });
  const { server, port } = await listen(app, 0);
  return {
    url: `http://127.0.0.1:${port}`,
    answerOf: async (id) => await answer(id).promise,
    stop: () => void server.close(),
  };
};

/** Serves on a port of this machine alone; rejects when it is taken. */
export const listen = async (
  app: Hono,
  port: number,
): Promise<{ server: ServerType; port: number }> =>
  await new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (info) =>
      resolve({ server, port: info.port }),
    );
    server.on('error', reject);
  });
