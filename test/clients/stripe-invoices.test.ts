import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Stripe } from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { listenHere } from '../../local/http/listen-here.ts';
import { newHoldId } from '../../lambdas/shared/ids.ts';
import { gatewayRoom } from '../support/gateway-room.ts';
import { settlementOf } from '../support/key-items.ts';

/** Parameters of an invoice item. https://docs.stripe.com/api/invoiceitems/create */
const PARAMETERS =
  /^(customer|currency|amount|description|period\[(start|end)\]|metadata\[\w{1,40}\])$/;

interface Item {
  readonly key: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Stripe as far as invoice items go: what it does not know it refuses, and a key that was used before repeats its answer. */
const startStripe = async () => {
  const items = new Map<string, Item>();
  const answer = async (request: IncomingMessage): Promise<readonly [number, object]> => {
    const refused = (message: string) =>
      [400, { error: { type: 'invalid_request_error', message } }] as const;
    if (request.method !== 'POST' || request.url !== '/v1/invoiceitems')
      return [404, { error: { type: 'invalid_request_error', message: 'Unrecognized URL' } }];
    const fields = Object.fromEntries(new URLSearchParams(String(await buffer(request))));
    const unknown = Object.keys(fields).find((name) => !PARAMETERS.test(name));
    if (unknown !== undefined) return refused(`Received unknown parameter: ${unknown}`);
    if (!/^-?\d{1,8}$/.test(fields['amount'] ?? '')) return refused('Invalid integer: amount');
    if ((fields['description'] ?? '').length > 500) return refused('Invalid string: description');
    if (Number(fields['period[start]']) > Number(fields['period[end]']))
      return refused('Invalid period');
    const key = z.string().max(255).parse(request.headers['idempotency-key']);
    const before = items.get(key);
    if (before !== undefined && JSON.stringify(before.fields) !== JSON.stringify(fields))
      return [400, { error: { type: 'idempotency_error', message: 'Keys for other parameters' } }];
    items.set(key, { key, fields });
    return [
      200,
      { id: `ii_${items.size}`, object: 'invoiceitem', amount: Number(fields['amount']) },
    ];
  };
  const server = createServer((request, response) => {
    void answer(request).then(([status, body]) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
    );
  });
  const port = await listenHere(server);
  return { items, port, stop: () => void server.close() };
};

let stripe: Awaited<ReturnType<typeof startStripe>>;
beforeAll(async () => void (stripe = await startStripe()));
afterAll(() => stripe.stop());

const invoices = z.object({
  invoices: z.array(
    z.object({
      amount_cents: z.number(),
      lines: z.array(
        z.object({
          idempotency_key: z.string(),
          stripe: z.object({
            currency: z.string(),
            amount: z.number(),
            description: z.string(),
            period: z.object({ start: z.number(), end: z.number() }),
            metadata: z.record(z.string(), z.string()),
          }),
        }),
      ),
    }),
  ),
});

test('the lines of a month become invoice items of Stripe as they are, once however often they are sent', async () => {
  const room = await gatewayRoom();
  const key = await room.mint({ user_id: 'ada' });
  for (const [model, cost] of [
    ['gpt-5', 3_210_000_000],
    ['claude-haiku-4-5', 45_000_000],
  ] as const)
    await room.usage.record({
      ...settlementOf(newHoldId(Date.now()), cost, Date.now()),
      keyId: key.id,
      model,
    });
  const client = new Stripe('sk_test_1', {
    host: '127.0.0.1',
    port: stripe.port,
    protocol: 'http',
    maxNetworkRetries: 0,
  });
  const bill = async (): Promise<number> => {
    const answer = await room.send('POST', '/v1/invoices', {
      month: new Date().toISOString().slice(0, 7),
      rules: [{ kind: 'cost_plus', markup_percent: 30 }],
    });
    const [invoice] = invoices.parse(JSON.parse(answer.body)).invoices;
    for (const { stripe: item, idempotency_key: idempotencyKey } of invoice?.lines ?? [])
      await client.invoiceItems.create({ customer: 'cus_ada', ...item }, { idempotencyKey });
    return invoice?.amount_cents ?? 0;
  };
  expect(await bill()).toBe(423);
  expect(await bill()).toBe(423);
  const sent = [...stripe.items.values()].map(({ fields }) => fields);
  expect(sent).toMatchObject([
    { customer: 'cus_ada', currency: 'usd', amount: '417', 'metadata[sluice_user]': 'ada' },
    { amount: '6' },
  ]);
});
