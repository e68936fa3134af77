import type { Write } from '../../lambdas/platform/tables/tables.ts';

/** Weakenings that the invariants must catch. */
export const PROJECT_MUTATIONS = [
  'no cap clause',
  'two writes in the place of one step',
  'a part that nobody asks for',
  'given back to a later window',
  'given back to a later budget',
  'lowered without a word',
  'owed without a word',
  'taken while something is owed',
  'counted blindly',
  'a key made without asking',
  'freed by a walk that was overtaken',
  'a window opened twice',
  'a window that is forgotten when it ends',
  'a raised cap that is not told anew',
  'a cap that forgets what was spent before it',
  'a change of the cap that nobody hears of',
  'a teller that asks nobody',
  'counters that are read once',
] as const;
export type ProjectMutation = (typeof PROJECT_MUTATIONS)[number];

export const weakenAll = (
  writes: readonly Write[],
  mutation: ProjectMutation | null,
): readonly Write[] => {
  if (mutation === 'a key made without asking')
    return writes.filter(({ kind }) => kind !== 'check');
  if (mutation === 'a change of the cap that nobody hears of')
    return writes.map((write) =>
      write.kind === 'put' && write.item['subject'] === 'cap'
        ? { ...write, item: { ...write.item, subject: 'nothing' } }
        : write,
    );
  if (mutation === 'owed without a word')
    return writes.filter(
      (write) => write.kind !== 'update' || write.update !== 'SET tight = :tight',
    );
  return writes;
};

export const weaken = <T extends Write>(write: T, mutation: ProjectMutation | null): T => {
  const { condition = '' } = write;
  const without = (clause: string): T =>
    condition.includes(clause)
      ? { ...write, condition: condition.replace(clause, 'attribute_exists(pk)') }
      : write;
  const update = write.kind === 'update' ? write.update : '';
  const isBack = update.includes('held = held - :held');
  switch (mutation) {
    case 'no cap clause':
      return without('available >= :taken');
    case 'a part that nobody asks for':
      return without('attribute_not_exists(project_holds.#id)');
    case 'given back to a later window':
      return isBack ? without('#window = :window') : write;
    case 'given back to a later budget':
      return isBack ? without('epoch = :epoch') : write;
    case 'lowered without a word':
      return update.includes('available + :more') ? notTight(write) : write;
    case 'owed without a word':
      return isBack ? notTight(write) : write;
    case 'taken while something is owed':
      return without('attribute_not_exists(tight)');
    case 'counted blindly':
      return without('available = :seen');
    case 'freed by a walk that was overtaken':
      return without('project_epoch <= :epoch');
    case 'a window opened twice':
      return update.includes('available = allotted') ? without('#window < :window') : write;
    case 'a window that is forgotten when it ends':
      return edited(write, 'last_window = #window, last_spent = spent, ', '');
    case 'a cap that forgets what was spent before it':
      return edited(write, ', spent_at_change = spent', '');
    case 'a raised cap that is not told anew':
      return without('told = :said');
    case 'a teller that asks nobody':
      return condition.startsWith('attribute_not_exists(told)')
        ? { ...write, condition: 'attribute_not_exists(nothing)' }
        : write;
    case 'counters that are read once':
    case 'a change of the cap that nobody hears of':
    case 'two writes in the place of one step':
    case 'a key made without asking':
    case null:
      return write;
  }
};

const notTight = <T extends Write>(write: T): T => edited(write, ', tight = :tight', '');

const edited = <T extends Write>(write: T, from: string, to: string): T =>
  write.kind === 'update' ? { ...write, update: write.update.replace(from, to) } : write;
