import type { RunPlace, ThreadPlace } from '../../domain/thread-ids.ts';
import type { ItemKey } from '../../../platform/tables/tables.ts';

/** Ids that a caller chose are percent-encoded, so that no id can hold the separator. */
const part = (text: string): string => encodeURIComponent(text);

/** `_` is nobody; an end user of that name is encoded to something else. */
const userPart = (endUserId: string | null): string =>
  endUserId === null ? '_' : endUserId === '_' ? '%5F' : part(endUserId);

export const activityKey = ({ projectId, endUserId }: Omit<ThreadPlace, 'threadId'>): string =>
  `P#${part(projectId)}#U#${userPart(endUserId)}`;

export const threadPk = (place: ThreadPlace): string => `${activityKey(place)}#T#${place.threadId}`;

export const metaKey = (place: ThreadPlace): ItemKey => ({ pk: threadPk(place), sk: 'META' });

export const pointerKey = (projectId: string, threadId: string): ItemKey => ({
  pk: `P#${part(projectId)}#T#${threadId}`,
  sk: 'META',
});

export const requestKey = (place: ThreadPlace, requestId: string): ItemKey => ({
  pk: threadPk(place),
  sk: `REQ#${part(requestId)}`,
});

const seqText = (seq: number): string => String(seq).padStart(10, '0');

export const runKey = (run: RunPlace): ItemKey => ({
  pk: threadPk(run),
  sk: `RUN#${seqText(run.seq)}`,
});

export const resultKey = (run: RunPlace, toolUseId: string): ItemKey => ({
  pk: threadPk(run),
  sk: `RES#${seqText(run.seq)}#${part(toolUseId)}`,
});

export const logKey = (run: RunPlace): ItemKey => ({
  pk: threadPk(run),
  sk: `LOG#${seqText(run.seq)}`,
});

export const stepKey = (place: ThreadPlace, seq: number, step: number): ItemKey => ({
  pk: threadPk(place),
  sk: `MSG#${seqText(seq)}#${String(step).padStart(3, '0')}`,
});

/** Sort keys of every step of these messages, both included. */
export const stepRange = (fromSeq: number, toSeq: number) => ({
  from: `MSG#${seqText(fromSeq)}`,
  to: `MSG#${seqText(toSeq)}#999`,
});

/** Sort keys of the runs from this seq to that, both included. */
export const runRange = (fromSeq: number, toSeq: number) => ({
  from: `RUN#${seqText(fromSeq)}`,
  to: `RUN#${seqText(toSeq)}`,
});

/** Chunks hold no end user: a run is reached through its thread, which is checked first. */
export const chunkKey = (run: RunPlace, firstIndex: number): ItemKey => ({
  pk: `RUN#${run.threadId}#${run.seq}`,
  sk: String(firstIndex).padStart(8, '0'),
});

/** The place of a run from its item's key; null: not a run's key. */
export const runPlaceOf = ({ pk, sk }: ItemKey): RunPlace | null => {
  const place = placeOfPk(pk);
  const [, seq] = /^RUN#(\d{10})$/.exec(sk) ?? [];
  return place === null || seq === undefined ? null : { ...place, seq: Number(seq) };
};

/** The place of a thread from the key of its META; null: another key. */
export const threadPlaceOf = ({ pk, sk }: ItemKey): ThreadPlace | null =>
  sk === 'META' ? placeOfPk(pk) : null;

const placeOfPk = (pk: string): ThreadPlace | null => {
  const [, project, user, threadId] = /^P#([^#]*)#U#([^#]*)#T#(thread_[0-9a-z]+)$/.exec(pk) ?? [];
  if (project === undefined || user === undefined || threadId === undefined) return null;
  return {
    projectId: decodeURIComponent(project),
    endUserId: user === '_' ? null : decodeURIComponent(user),
    threadId,
  };
};
