import { createHash } from 'node:crypto';
import type { Block } from '../../../../inference/turn/turn.ts';
import type { TokenUsage } from '../../../../ledger/domain/usage.ts';
import { usageOf } from './responses-body.ts';
import { inputParts } from './responses-parts.ts';
import type { CompactedView } from './responses-views.ts';

/**
 * A summary as `encrypted_content`. It is its caller's own, and is read as text of the caller's own conversation and as
 * nothing else, so it is not secret from them; the sum at its end shows one that was cut or changed by accident.
 */
export const sealSummary = (summary: string): string =>
  `cmp1.${Buffer.from(summary).toString('base64url')}.${sumOf(summary)}`;

/** null: not what was given here. */
export const unsealSummary = (content: string): string | null => {
  const [, body, sum] = /^cmp1\.([\w-]+)\.([\w-]+)$/.exec(content) ?? [];
  if (body === undefined) return null;
  const summary = Buffer.from(body, 'base64url').toString('utf8');
  return sumOf(summary) === sum ? summary : null;
};

const sumOf = (summary: string): string =>
  createHash('sha256').update(summary).digest('base64url').slice(0, 16);

export interface Compacted {
  /** Unique among everything that was compacted. */
  readonly name: string;
  readonly createdAtMs: number;
  readonly kept: readonly (readonly Block[])[];
  readonly summary: string;
  readonly tokens: TokenUsage;
}

/** https://platform.openai.com/docs/api-reference/responses/compact */
export const compactedResponse = ({
  name,
  createdAtMs,
  kept,
  summary,
  tokens,
}: Compacted): CompactedView => ({
  id: `resp_${name}`,
  object: 'response.compaction',
  created_at: Math.floor(createdAtMs / 1_000),
  output: [
    ...kept.map((blocks, index) => ({
      type: 'message',
      id: `msg_${name}_${index}`,
      role: 'user',
      status: 'completed',
      content: inputParts(blocks),
    })),
    compactionItem(`cmp_${name}`, summary),
  ],
  usage: usageOf(tokens),
});

/** A summary as its client sends it back. */
export const compactionItem = (id: string, summary: string) => ({
  type: 'compaction',
  id,
  encrypted_content: sealSummary(summary),
});
