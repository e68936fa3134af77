import { Hono } from 'hono';
import { listen } from './listen.ts';

export interface WeakStore {
  readonly url: string;
  /** How many requests of each action came, the throttled ones included. */
  readonly asked: ReadonlyMap<string, number>;
  /** Throttles the requests for which `isThrottled` says so: the action, and how many of its kind came before. */
  throttle(isThrottled: (action: string, before: number) => boolean): void;
  recover(): void;
  stop(): void;
}

const HOP_BY_HOP = ['connection', 'content-length', 'host', 'keep-alive', 'transfer-encoding'];

/**
 * Stands between the stack and its real engine, and answers as DynamoDB does when a table is asked for more than it
 * gives. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
export const startWeakStore = async (engine: string): Promise<WeakStore> => {
  const asked = new Map<string, number>();
  let isThrottled: (action: string, before: number) => boolean = () => false;
  const app = new Hono();
  app.all('*', async (context) => {
    const action = (context.req.header('x-amz-target') ?? '').split('.').at(-1) ?? '';
    const before = asked.get(action) ?? 0;
    asked.set(action, before + 1);
    if (isThrottled(action, before))
      return context.json(
        {
          __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
          message: 'The level of configured provisioned throughput for the table was exceeded.',
        },
        400,
        { 'content-type': 'application/x-amz-json-1.0' },
      );
    const headers = Object.fromEntries(
      [...context.req.raw.headers].filter(([name]) => !HOP_BY_HOP.includes(name)),
    );
    const body = await context.req.arrayBuffer();
    return await fetch(engine, {
      method: context.req.method,
      headers,
      ...(context.req.method === 'POST' ? { body } : {}),
    });
  });
  const { server, port } = await listen(app, 0);
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    throttle: (wanted) => {
      asked.clear();
      isThrottled = wanted;
    },
    recover: () => {
      isThrottled = () => false;
    },
    stop: () => void server.close(),
  };
};
