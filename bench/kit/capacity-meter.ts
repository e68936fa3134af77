import { createServer, request, Agent } from 'node:http';
import { once } from 'node:events';
import * as z from 'zod';
import { listenHere } from '../../local/http/listen-here.ts';

const units = z.object({ TableName: z.string(), CapacityUnits: z.number() });
const answered = z.object({
  ConsumedCapacity: z
    .union([units.transform((one) => [one]), z.array(units)])
    .optional()
    .catch(undefined),
});
const READS = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems']);

export interface Consumed {
  readonly table: string;
  readonly action: string;
  readonly isRead: boolean;
  readonly units: number;
}

/** Stands in front of the engine and asks it what each request consumed. */
export const startCapacityMeter = async (engine: string) => {
  let consumed: Consumed[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 1_024 });
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const action =
        String(incoming.headers['x-amz-target'] ?? '')
          .split('.')
          .at(-1) ?? '';
      const isItems = String(incoming.headers['x-amz-target'] ?? '').startsWith('DynamoDB_');
      const sent = await bytesOf(incoming);
      const body =
        isItems && sent.length > 0
          ? JSON.stringify({ ...readObject(sent), ReturnConsumedCapacity: 'TOTAL' })
          : sent;
      const { host: _host, 'content-length': _length, ...headers } = incoming.headers;
      const call = request(engine, { method: incoming.method ?? 'POST', agent, headers });
      call.end(body);
      const [answer] = z.tuple([z.custom<typeof incoming>()]).parse(await once(call, 'response'));
      const bytes = await bytesOf(answer);
      for (const { TableName, CapacityUnits } of toldIn(bytes))
        consumed.push({
          table: TableName,
          action,
          isRead: READS.has(action),
          units: CapacityUnits,
        });
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      outgoing.end(bytes);
    })().catch(() => outgoing.destroy());
  });
  const port = await listenHere(server);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    /** What was consumed since the last call of this. */
    take: (): readonly Consumed[] => consumed.splice(0),
    stop: (): void => {
      server.closeAllConnections();
      server.close();
      consumed = [];
    },
  };
};

const bytesOf = async (stream: AsyncIterable<unknown>): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of stream) if (Buffer.isBuffer(part)) parts.push(part);
  return Buffer.concat(parts);
};

const readObject = (bytes: Buffer): object => z.looseObject({}).parse(JSON.parse(bytes.toString()));

const toldIn = (bytes: Buffer): readonly z.infer<typeof units>[] => {
  try {
    return answered.parse(JSON.parse(bytes.toString('utf8'))).ConsumedCapacity ?? [];
  } catch {
    return [];
  }
};
