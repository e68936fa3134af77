import * as z from 'zod';
import type { ItemKey, Tables, Write } from '../../platform/tables/tables.ts';
import { smallerPart } from '../domain/bound-part.ts';
import { PARTS, type Part } from '../domain/part.ts';
import { driftText, readDrift } from '../domain/drift-text.ts';
import type { Source } from '../domain/log-record.ts';
import { partText, readPart } from '../domain/part-text.ts';
import type { SourceDrift } from '../domain/source-drift.ts';
import { sourceName } from '../domain/summary.ts';
import {
  CHANGES_A_COMMIT_MAX,
  type PartCommit,
  type StoredPart,
  type WindowStore,
} from '../ports/windows.ts';
import { anomalyWrite } from './anomaly-items.ts';
import { PACKED_BYTES_MAX, packedStateWrite, packText, unpackText } from './packed-state.ts';
import { sourceKey } from './source-key.ts';

const TTL_SECONDS = 7 * 86_400;
/** A service that comes back within a month is known still. */
const DRIFT_TTL_SECONDS = 30 * 86_400;
const HOUR_SECONDS = 3_600;

const driftItem = z.object({ sk: z.string(), packed: z.instanceof(Uint8Array) });
const partItem = z.object({ pk: z.string(), v: z.number(), packed: z.instanceof(Uint8Array) });

/**
 * `WIN#<tenant>#<part> / STATE`: one item a part, packed, on the condition that its version is the one that was read.
 * `WIN#<tenant>#<part> / D#<source>`: what is known of a source by the hour, written once an hour with its part.
 */
export const tableWindowStore = ({ tables }: { readonly tables: Tables }): WindowStore => ({
  load: async (tenant) => {
    const keys = Array.from({ length: PARTS }, (_, index) => partKey(tenant, index));
    const items = await tables.getMany('sre', keys);
    return new Map(
      items.map((item): [number, StoredPart] => {
        const { pk, v, packed } = partItem.parse(item);
        const index = Number(pk.slice(pk.lastIndexOf('#') + 1));
        const text = unpackText(packed);
        return [index, { version: v, part: readPart(text) }];
      }),
    );
  },
  drifts: async (tenant, index, sources) => {
    if (sources.length === 0) return new Map();
    const names = new Map(sources.map((source) => [driftKey(tenant, index, source).sk, source]));
    const keys = sources.map((source) => driftKey(tenant, index, source));
    const items = await tables.getMany('sre', keys);
    return new Map(
      items.flatMap((item): [string, SourceDrift][] => {
        const { sk, packed } = driftItem.parse(item);
        const source = names.get(sk);
        if (source === undefined) return [];
        return [[sourceName(source), readDrift(unpackText(packed))]];
      }),
    );
  },
  commit: async (commit) => {
    const put = partWrite(commit);
    const writes = commit.changes.map((change) => anomalyWrite(commit.tenant, change));
    // Their ids are the same whoever writes them.
    for (const write of writes.slice(CHANGES_A_COMMIT_MAX)) await tables.write(write);
    const together = [...writes.slice(0, CHANGES_A_COMMIT_MAX), ...driftWrites(commit)];
    const outcome =
      together.length === 0 ? await tables.write(put) : await tables.transact([put, ...together]);
    return outcome.kind === 'written';
  },
});

const partKey = (tenant: string, index: number): ItemKey => ({
  pk: `WIN#${encodeURIComponent(tenant)}#${index}`,
  sk: 'STATE',
});

const driftKey = (tenant: string, index: number, source: Source): ItemKey => ({
  pk: partKey(tenant, index).pk,
  sk: `D#${sourceKey(source)}`,
});

/** No condition of their own: the part's holds for them. */
const driftWrites = ({ tenant, index, drifts = [] }: PartCommit): readonly Write[] =>
  drifts.map(({ source, drift }) => {
    const key = driftKey(tenant, index, source);
    return {
      kind: 'put',
      table: 'sre',
      key,
      item: {
        ...key,
        schema: 1,
        packed: packText(driftText(drift)),
        ttl: drift.hour * HOUR_SECONDS + DRIFT_TTL_SECONDS,
      },
    };
  });

const partWrite = ({ tenant, index, version, part }: PartCommit): Write =>
  packedStateWrite(partKey(tenant, index), {
    version,
    packed: packPart(part),
    ttlSeconds: Math.ceil(part.cursorMs / 1_000) + TTL_SECONDS,
  });

/** A part whose item would be too large is stored with less in it: one that is never stored would be judged no more. */
const packPart = (whole: Part): Uint8Array => {
  let packed = packText(partText(whole));
  let part: Part | null = whole;
  while (packed.length > PACKED_BYTES_MAX) {
    part = smallerPart(part);
    if (part === null) break;
    packed = packText(partText(part));
  }
  return packed;
};
