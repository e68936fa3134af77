import type { Omission } from '../../inference/turn/turn.ts';
import { OMISSIONS_MAX } from './limits.ts';

/** Messages 1 to `throughSeq` of the thread, which the model was not sent; none for 0. */
export const omittedHistory = (throughSeq: number): readonly Omission[] =>
  throughSeq < 1
    ? []
    : [
        {
          kind: 'history',
          path: `seq 1-${throughSeq}`,
          reason: 'older than what fits the window of the model',
        },
      ];

/** The seq that `omittedHistory` names; 0: none. */
export const omittedThrough = (omissions: readonly Omission[]): number =>
  Number(
    omissions
      .find(({ kind }) => kind === 'history')
      ?.path.split('-')
      .at(-1) ?? 0,
  );

/** What an answer's row says was left out: all of it, or the newest and how many more, so that a row does not grow with its thread. */
export const recordOmissions = (omissions: readonly Omission[]): readonly Omission[] => {
  const more = omissions.length - OMISSIONS_MAX;
  if (more <= 0) return omissions;
  const history = omissions.filter(({ kind }) => kind === 'history');
  const others = omissions.filter(({ kind }) => kind !== 'history');
  return [
    ...history,
    { kind: 'more', path: 'messages', reason: `${more} before these` },
    ...others.slice(-(OMISSIONS_MAX - history.length)),
  ];
};
