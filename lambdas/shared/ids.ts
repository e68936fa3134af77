import { randomBytes } from 'node:crypto';
import { encodeTime } from 'ulid';
import { crockford } from './crockford.ts';

/** Of the 26 characters of an id, those that are its time. */
const TIME_CHARACTERS = 10;
const NO_KEY = '0'.repeat(16);

/** `key_` and 80 random bits as 16 characters of Crockford base32. */
export const newKeyId = (): string => `key_${randomCharacters()}`;

/** Whether it has the form of an id of a key; such a key need not be there. */
export const isKeyId = (text: string): boolean => /^key_[0-9a-z]{16}$/.test(text);

/** `dst_` and 80 random bits. */
export const newDestinationId = (): string => `dst_${randomCharacters()}`;

/** `notice_` and 80 random bits. */
export const newNoticeId = (): string => `notice_${randomCharacters()}`;

/** Names one attempt among all that ever were. */
export const newAttemptId = (): string => randomCharacters();

/** A ULID in lower case: sortable by time, unique per call. */
export const newHoldId = (nowMs: number): string => `${holdIdsFrom(nowMs)}${randomCharacters()}`;

/** Where the ids of holds that begin at `timeMs` start: the part of an id that is its time. */
export const holdIdsFrom = (timeMs: number): string =>
  encodeTime(timeMs, TIME_CHARACTERS).toLowerCase();

/**
 * The public id of a call names its key and its hold, so that one call is found without another index.
 * A caller without a readable key gets zeros.
 */
export const requestIdOf = (keyId: string | null, holdId: string): string =>
  `req_${keyId === null ? NO_KEY : keyId.slice('key_'.length)}${holdId}`;

/** The key and the hold that a request id names. */
export interface RequestIdParts {
  readonly keyId: string;
  readonly holdId: string;
}

/** null: not an id that Sluice gave, or one of a request without a key. */
export const parseRequestId = (text: string): RequestIdParts | null => {
  const match = /^req_([0-9a-z]{16})([0-9a-z]{26})$/.exec(text);
  const [, key, hold] = match ?? [];
  if (key === undefined || hold === undefined || key === NO_KEY) return null;
  return { keyId: `key_${key}`, holdId: hold };
};

/** 80 random bits as 16 characters. */
const randomCharacters = (): string => crockford(randomBytes(16));
