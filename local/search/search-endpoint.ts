import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { startEndpoint, type Answer, type Endpoint } from '../http/http-endpoint.ts';
import { bulk } from './bulk.ts';
import { templateSchema } from './mapping.ts';
import { NotHosted, refused, type Answered } from './answers.ts';
import { daysOf, policySchema } from './policy.ts';
import { search } from './search.ts';
import type { SearchStore } from './search-store.ts';

/**
 * OpenSearch on its own wire over SQLite's FTS5, for the requests that our adapter makes. What it does not know it
 * refuses by its name; `npm run test:opensearch` holds the same suite to a real one.
 */
export const startSearchEndpoint = async (store: SearchStore): Promise<Endpoint> =>
  await startEndpoint(async (request) => jsonAnswer(await answerTo(store, request)));

const jsonAnswer = ([status, body]: Answered): Answer => ({
  status,
  headers: { 'content-type': 'application/json; charset=UTF-8' },
  body: JSON.stringify(body),
});

const answerTo = async (store: SearchStore, request: IncomingMessage): Promise<Answered> => {
  const { method = '', url = '' } = request;
  const body = await text(request);
  try {
    for (const [route, answer] of ROUTES) {
      const [, name] = route.exec(`${method} ${url}`) ?? [];
      if (name !== undefined) return answer(store, name, body);
    }
    throw new NotHosted(`${method} ${url}`);
  } catch (error) {
    if (!(error instanceof NotHosted || error instanceof z.ZodError)) throw error;
    const reason = error instanceof NotHosted ? error.message : z.prettifyError(error);
    console.error(`opensearch: ${method} ${url}: ${reason}`);
    return [400, { error: { type: 'not_hosted', reason }, status: 400 }];
  }
};

type Route = readonly [RegExp, (store: SearchStore, name: string, body: string) => Answered];

const ROUTES: readonly Route[] = [
  [/^POST (\/_bulk)$/, (store, _, body) => bulk(store, body)],
  [
    /^POST \/([a-z0-9-]+)\/_search$/,
    (store, alias, body) => search(store, alias, JSON.parse(body)),
  ],
  [
    /^PUT \/_index_template\/([a-z0-9-]+)$/,
    (store, name, body) => {
      store.putTemplate(name, templateSchema.parse(JSON.parse(body)));
      return [200, { acknowledged: true }];
    },
  ],
  [
    /^GET \/_plugins\/_ism\/policies\/([a-z0-9-]+)$/,
    (store, name) => {
      const kept = store.policy(name);
      if (kept === null) return noPolicy(name);
      const { policy } = policySchema.parse(JSON.parse(kept));
      return [200, { _id: name, policy: { policy_id: name, ...policy } }];
    },
  ],
  [
    /^PUT \/_plugins\/_ism\/policies\/([a-z0-9-]+)$/,
    (store, name, body) => {
      if (store.policy(name) !== null)
        return refused(
          409,
          'version_conflict_engine_exception',
          `[${name}]: document already exists`,
        );
      const policy = policySchema.parse(JSON.parse(body));
      daysOf(policy);
      store.putPolicy(name, JSON.stringify(policy));
      return [201, { _id: name, policy }];
    },
  ],
  [
    /^DELETE \/_plugins\/_ism\/policies\/([a-z0-9-]+)$/,
    (store, name) => {
      if (store.policy(name) === null) return noPolicy(name);
      store.deletePolicy(name);
      return [200, { _id: name, result: 'deleted' }];
    },
  ],
];

const noPolicy = (name: string): Answered =>
  refused(404, 'status_exception', `Policy not found: ${name}`);
