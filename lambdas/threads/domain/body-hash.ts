import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import * as z from 'zod';

/** Fields that say how to answer, not what is asked. */
const NOT_ASKED: ReadonlySet<string> = new Set(['stream', 'request_id', 'format']);

/** One body under two names: `formerHash` is what rows of earlier versions have of it. */
export interface BodyHashes {
  readonly bodyHash: string;
  readonly formerHash?: string | undefined;
}

/**
 * SHA-256 of the canonical JSON of a body (RFC 8785): the same request, whatever the order of its fields, and whether one
 * text is said as such or as a block.
 */
export const bodyHash = (route: string, body: object): string => hashOf(route, body, plainContent);

/** With the hash of a text as a block: until November 2026 it was another body than the bare text. */
export const bodyHashes = (route: string, body: object): Required<BodyHashes> => ({
  bodyHash: bodyHash(route, body),
  formerHash: hashOf(route, body, blockContent),
});

/** Whether a stored hash is of this body. */
export const isHashOf = (stored: string, { bodyHash: hash, formerHash }: BodyHashes): boolean =>
  stored === hash || stored === formerHash;

const hashOf = (route: string, body: object, contentOf: (content: unknown) => unknown): string => {
  const asked = Object.fromEntries(
    Object.entries(body)
      .filter(([name]) => !NOT_ASKED.has(name))
      .map(([name, value]) => [name, name === 'content' ? contentOf(value) : value]),
  );
  return createHash('sha256')
    .update(`${route}\n${canonicalize(asked) ?? ''}`)
    .digest('hex');
};

const oneText = z.tuple([z.strictObject({ type: z.literal('text'), text: z.string() })]);

const plainContent = (content: unknown): unknown =>
  oneText.safeParse(content).data?.[0].text ?? content;

const blockContent = (content: unknown): unknown =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;
