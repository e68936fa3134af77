import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import type { Sluice } from './sluice-admin.ts';

const OLDEST_CALL_MS = 300_000;

const postcard = z.object({ to: z.string().min(1), picture: z.enum(['sea', 'mountains', 'city']) });

/** Tools of this product; a model asks for them, and Sluice calls them here. */
const TOOLS = {
  send_postcard: {
    description: 'Sends a postcard to a person.',
    input: postcard,
    run: (input: unknown): string => {
      const { to, picture } = postcard.parse(input);
      return `A postcard of the ${picture} is on its way to ${to}.`;
    },
  },
} as const;

const registered = z.object({ secret: z.string() });
const list = z.object({ data: z.array(z.object({ id: z.string(), name: z.string() })) });
const asked = z.object({ name: z.enum(['send_postcard']), input: z.unknown() });

/** Registers the tools, each with an approval, and answers their calls. */
export const ownTools = async (sluice: Sluice, url: string) => {
  const { data: known } = list.parse(await sluice('GET', '/v1/tools'));
  const secrets = new Map<string, string>();
  for (const [name, { description, input }] of Object.entries(TOOLS)) {
    // Its secret is shown once, and this server may be a new one.
    for (const tool of known)
      if (tool.name === name) await sluice('DELETE', `/v1/tools/${tool.id}`);
    const { secret } = registered.parse(
      await sluice('POST', '/v1/tools', {
        name,
        description,
        input_schema: z.toJSONSchema(input),
        webhook_url: url,
        requires_approval: true,
      }),
    );
    secrets.set(name, secret);
  }
  return {
    names: [...secrets.keys()],
    /** null: no call of ours. */
    answer: (headers: Headers, body: string): { output: string; is_error: boolean } | null => {
      const { name, input } = asked.parse(JSON.parse(body));
      if (!isSigned(secrets.get(name) ?? '', headers, body)) return null;
      try {
        return { output: TOOLS[name].run(input), is_error: false };
      } catch (error) {
        return { output: String(error), is_error: true };
      }
    },
  };
};

const isSigned = (secret: string, headers: Headers, body: string): boolean => {
  const timestamp = headers.get('x-sluice-timestamp') ?? '';
  const theirs = Buffer.from(headers.get('x-sluice-signature') ?? '');
  const ours = Buffer.from(
    createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex'),
  );
  const isNew = Math.abs(Date.now() - Number(timestamp)) < OLDEST_CALL_MS;
  return secret !== '' && isNew && ours.length === theirs.length && timingSafeEqual(ours, theirs);
};
