import type { ToolResultBlock } from '../../inference/turn/turn.ts';
import { firstCharacters, wellFormed } from '../../shared/characters.ts';
import { isSaid } from './is-said.ts';
import { REASON_CHARS_MAX } from './limits.ts';

/** What a client or a person said to a call that waited. */
export type ToolAnswer =
  | { readonly kind: 'result'; readonly block: ToolResultBlock }
  /** The call may be run, or not; `reason` is what the person said of it. */
  | { readonly kind: 'decided'; readonly isApproved: boolean; readonly reason?: string };

/** A yes or a no to a call, with what the person said of it. */
export const decisionOf = (isApproved: boolean, reason: string | undefined): ToolAnswer => ({
  kind: 'decided',
  isApproved,
  ...(reason === undefined || !isSaid(reason)
    ? {}
    : { reason: firstCharacters(wellFormed(reason), REASON_CHARS_MAX) }),
});

/** What the model learns of a call that a person refused. */
export const refusalWords = (reason: string | undefined): string =>
  reason === undefined
    ? 'A person refused this call.'
    : `A person refused this call. Their reason: ${reason}`;
