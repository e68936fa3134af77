import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** Fields that say how to answer, not what is asked. */
const NOT_ASKED: ReadonlySet<string> = new Set(['stream', 'request_id', 'format']);

/** SHA-256 of the canonical JSON of a body (RFC 8785): the same request, whatever the order of its fields. */
export const bodyHash = (route: string, body: object): string => {
  const asked = Object.fromEntries(Object.entries(body).filter(([name]) => !NOT_ASKED.has(name)));
  return createHash('sha256')
    .update(`${route}\n${canonicalize(asked) ?? ''}`)
    .digest('hex');
};
