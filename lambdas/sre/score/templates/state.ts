import * as z from 'zod';
import { MINER_LIMITS } from './limits.ts';
import { firstWordOf, type Template } from './template.ts';
import { VARIABLE } from './skeleton.ts';

/** Grows when a state of before can no longer be read; a miner then starts again, with ids of its own. */
const MINER_VERSION = 1;

const id = z.int().positive();

/** What a miner is stored as: plain JSON. */
export const minerState = z.object({
  version: z.literal(MINER_VERSION),
  nextId: id,
  /** Id, tokens, gaps; the longest unused first. */
  templates: z.array(z.tuple([id, z.array(z.string()), z.array(z.string())])).readonly(),
  /** A younger id and the one it became. */
  aliases: z.array(z.tuple([id, id])).readonly(),
});
export type MinerState = z.infer<typeof minerState>;

interface Read {
  readonly nextId: number;
  readonly templates: readonly Template[];
  readonly aliases: readonly (readonly [number, number])[];
}

export const bucketOf = (tokens: readonly string[]): string =>
  `${tokens.length} ${tokens[firstWordOf(tokens)] ?? VARIABLE}`;

export const readState = (state: MinerState): Read => ({
  nextId: state.nextId,
  templates: state.templates.map(([templateId, tokens, gaps], index) => ({
    id: templateId,
    tokens,
    gaps,
    bucket: bucketOf(tokens),
    usedAt: index,
    mined: null,
    successor: null,
  })),
  aliases: state.aliases,
});

/** The templates used last that fit the bound, and the aliases of those. */
export const writeState = (
  nextId: number,
  templates: readonly Template[],
  aliases: readonly (readonly [number, number])[],
): MinerState => {
  const kept: [number, string[], string[]][] = [];
  const keptIds = new Set<number>();
  let bytesLeft = MINER_LIMITS.stateBytesMax - ENVELOPE_BYTES;
  const take = (part: unknown): boolean => {
    bytesLeft -= Buffer.byteLength(JSON.stringify(part)) + 1;
    return bytesLeft >= 0;
  };
  for (const template of templates.toSorted((left, right) => right.usedAt - left.usedAt)) {
    const stored: [number, string[], string[]] = [
      template.id,
      [...template.tokens],
      [...template.gaps],
    ];
    if (!take(stored)) break;
    kept.push(stored);
    keptIds.add(template.id);
  }
  const keptAliases: [number, number][] = [];
  for (const [from, to] of aliases.toReversed()) {
    if (!keptIds.has(to)) continue;
    if (!take([from, to])) break;
    keptAliases.push([from, to]);
  }
  return {
    version: MINER_VERSION,
    nextId,
    templates: kept.toReversed(),
    aliases: keptAliases.toReversed(),
  };
};

const ENVELOPE_BYTES = 200;
