import { bookOf } from '../../inference/models/own-prices.ts';
import type { RouteStore } from '../../inference/ports/routes.ts';
import type { OwnPriceStore } from '../../inference/ports/stage-prices.ts';
import type { NameWarning, WrittenName } from '../formats/warning-format.ts';
import { nameProblem } from '../../inference/routing/name-problem.ts';

/** Says which of these names lead nowhere now. They are kept all the same: a model of next week has no price yet. */
export type WarnOfNames = (
  projectId: string,
  names: readonly WrittenName[],
  nowMs: number,
) => Promise<readonly NameWarning[]>;

export const warnOfNames =
  (deps: {
    readonly routes: Pick<RouteStore, 'read'>;
    readonly ownPrices: Pick<OwnPriceStore, 'read'>;
  }): WarnOfNames =>
  async (projectId, names, nowMs) => {
    if (names.length === 0) return [];
    const [{ book }, { prices }] = await Promise.all([
      deps.routes.read(projectId),
      deps.ownPrices.read(),
    ]);
    const known = { book, prices: bookOf(prices), nowMs };
    return names.flatMap(({ param, name }) => {
      const problem = nameProblem(known, name);
      return problem === null ? [] : [{ param, message: `${param}: ${sentence(problem)}` }];
    });
  };

const sentence = (words: string): string => (words.endsWith('?') ? words : `${words}.`);
