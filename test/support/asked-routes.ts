import type { E2e } from './e2e.ts';
import type { Names } from './named-things.ts';
import { ROUTE_GUARDS, type Guard } from './route-guards.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: object | undefined;
}

/** The routes of these guards, and whom each takes beside admins. */
export const routesOf = (...guards: readonly Guard[]) =>
  Object.entries(ROUTE_GUARDS).flatMap(([route, { guard, body, takes }]) => {
    const [method = '', path = ''] = route.split(' ');
    const others = takes ?? (method === 'GET' ? 'readers' : 'nobody');
    return guards.includes(guard) ? [{ route, method, path, body, others }] : [];
  });

/** Google's wire says behind a model's name what is asked of it. */
const GOOGLES = /^\/v1(?:beta)?\/models\/\{id\}$/;

/** The path with what it names; `other` stands for what nobody named. */
export const placeOf = (
  { method, path }: Pick<Asked, 'method' | 'path'>,
  named: Names,
  other: string,
): string => {
  const unnamed =
    method === 'POST' && GOOGLES.test(path) ? 'gemini-2.5-flash:generateContent' : other;
  return path.replaceAll(/\{(\w+)\}/g, (_all, word: string) => named[word] ?? unnamed);
};

/** Status and words of an answer, without what names the request and its things. */
export const answerOf = async (
  e2e: E2e,
  secret: string,
  { method, path, body }: Asked,
  named: Names,
): Promise<string> => {
  const place = placeOf({ method, path }, named, 'nothing');
  const answer = await e2e.api(method, place, secret, body);
  let text = (await answer.text()).replaceAll(/"request_id":"\w+"/g, '');
  // The longest first: a short one may be a part of another.
  const values = Object.values(named).toSorted((left, right) => right.length - left.length);
  for (const value of values) text = text.replaceAll(value, '…');
  return `${answer.status} ${text}`;
};

/** A call of this key that never was: it has the key's own part, as the real one does. */
export const nothingLike = (names: Names, nothing: Names): Names => ({
  ...names,
  ...nothing,
  request_id: `${names['request_id']?.slice(0, -4) ?? ''}zzzz`,
});
