import { createHash } from 'node:crypto';
import type { Source } from '../domain/log-record.ts';
import { sourceName } from '../domain/summary.ts';

const CHARACTERS = 24;

/** A source as a part of a sort key: a name of any length and letters fits none. */
export const sourceKey = (source: Source): string =>
  createHash('sha256').update(sourceName(source)).digest('hex').slice(0, CHARACTERS);
