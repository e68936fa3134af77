import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';
import { decodeItem } from '../../../platform/aws/attribute-values.ts';
import type { EventCursor } from '../../domain/event-cursor.ts';
import type { ThreadMoment } from '../../domain/thread-event.ts';
import { momentOf } from './table-thread-changes.ts';
import { threadPlaceOf } from './thread-keys.ts';

/** One write that changed a thread: where its events were, and where they are. */
export interface ThreadChange {
  readonly from: EventCursor;
  readonly to: ThreadMoment;
  /** When the write was made; null: it leaves no time of its own. */
  readonly writtenAtMs: number | null;
}

const key = z.looseObject({ pk: z.string(), sk: z.string() });

/** One record of the Threads stream; null: not a change of a thread, or of one that nobody sees. */
export const threadChangeOf = (record: DynamoDBRecord): ThreadChange | null => {
  const { OldImage, NewImage } = record.dynamodb ?? {};
  if (OldImage === undefined || NewImage === undefined) return null;
  const before = decodeItem(OldImage);
  const after = decodeItem(NewImage);
  const place = threadPlaceOf(key.parse(after));
  if (place === null) return null;
  const from = momentOf(place, before);
  const to = momentOf(place, after);
  if (from.thread.deletedAtMs !== null) return null;
  const { lastActiveAtMs } = to.thread;
  const hasTime = lastActiveAtMs !== from.thread.lastActiveAtMs;
  return { from: from.at, to, writtenAtMs: hasTime ? lastActiveAtMs : null };
};
