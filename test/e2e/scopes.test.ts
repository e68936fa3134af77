import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  answerOf as answerFrom,
  nothingLike,
  routesOf,
  type Asked,
} from '../support/asked-routes.ts';
import { laptopSuite } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { NOTHING, thingsOf, type Names } from '../support/named-things.ts';
import { SocketTab } from '../support/socket-client.ts';

const WHY = 'a deployed stage takes telemetry at an address of its own';

const e2e = sharedE2e();
let names: Names;
beforeAll(async () => {
  await e2e.start();
  names = await thingsOf(e2e, await e2e.mint({ user_id: 'scopes' }));
});
afterAll(async () => await e2e.stop());

const answerOf = async (secret: string, asked: Asked, named: Names): Promise<string> =>
  await answerFrom(e2e, secret, asked, named);
const statusOf = (answer: string): string => answer.split(' ')[0] ?? '';

/** A stream of events ends with its thread. */
const asked = routesOf('own', 'project', 'named', 'named in project').filter(
  ({ method, path }) => method !== 'GET' || !/stream|events/.test(path),
);

for (const scope of ['viewer', 'oncall'] as const)
  laptopSuite(`a key of scope ${scope}`, WHY, () => {
    let secret: string;
    beforeAll(async () => {
      secret = (await e2e.mint({ scope })).secret;
    });

    const mayAsk = (others: string): boolean =>
      others === 'readers' || (others === 'responders' && scope === 'oncall');

    test.each(asked.filter(({ method, others }) => method === 'GET' && mayAsk(others)))(
      '$route answers it as it answers an admin',
      async (route) => {
        const status = statusOf(await answerOf(secret, route, names));
        expect(status).toBe(statusOf(await answerOf(e2e.stack.adminKey, route, names)));
        expect(['401', '403']).not.toContain(status);
      },
    );

    test.each(asked.filter(({ others }) => !mayAsk(others)))(
      '$route is a 403 for it, whatever it names',
      async (route) => {
        for (const named of [names, nothingLike(names, NOTHING)])
          expect(await answerOf(secret, route, named)).toMatch(
            /^403 .*(scope_not_allowed|admin_scope_required)/i,
          );
      },
    );

    test.each(asked.filter(({ method, others }) => method !== 'GET' && mayAsk(others)))(
      '$route takes it',
      async (route) => {
        expect(await answerOf(secret, route, nothingLike(names, NOTHING))).toMatch(
          route.path.includes('{') ? /^404 .*not_found/ : /^(20[01]|404) /,
        );
      },
    );

    test('it opens no socket', async () => {
      await expect(SocketTab.withKey(e2e, secret)).rejects.toThrow(/403/);
    });
  });
