import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import * as z from 'zod';

/** Fields that say how to answer, not what is asked. */
const NOT_ASKED: ReadonlySet<string> = new Set(['stream', 'request_id', 'format']);

/**
 * SHA-256 of the canonical JSON of a body (RFC 8785): the same request, whatever the order of its fields, and whether one
 * text is said as such or as a block.
 */
export const bodyHash = (route: string, body: object): string => {
  const asked = Object.fromEntries(
    Object.entries(body)
      .filter(([name]) => !NOT_ASKED.has(name))
      .map(([name, value]) => [name, name === 'content' ? plainContent(value) : value]),
  );
  return createHash('sha256')
    .update(`${route}\n${canonicalize(asked) ?? ''}`)
    .digest('hex');
};

const oneText = z.tuple([z.strictObject({ type: z.literal('text'), text: z.string() })]);

const plainContent = (content: unknown): unknown =>
  oneText.safeParse(content).data?.[0].text ?? content;
