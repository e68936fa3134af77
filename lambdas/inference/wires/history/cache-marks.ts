import type { Block, CacheControl, Omission } from '../../turn/turn.ts';
import type { History, HistoryTurn, BlockAt } from './history.ts';

/** https://platform.claude.com/docs/en/build-with-claude/prompt-caching */
const MARKS_MAX = 4;

/**
 * Keeps the last marks that the provider accepts: later ones cover more. A mark of an hour may not follow one of five
 * minutes and becomes one of five minutes itself. One that the provider
 * sets by itself (`setsOwn`) is one of them.
 */
export const spareMarks = (
  history: History,
  setsOwn: boolean,
  omit: (omission: Omission) => void,
): Pick<History, 'system' | 'turns'> => {
  const marked: BlockAt<Block>[] = history.system.filter(isMarked);
  for (const turn of history.turns) marked.push(...placedOf(turn).filter(isMarked));
  if (marked.length === 0) return history;
  const marksMax = setsOwn ? MARKS_MAX - 1 : MARKS_MAX;
  const tooMany = new Set(marked.slice(0, -marksMax).map(({ path }) => path));
  const kept = marked.slice(-marksMax).map(({ block }) => markOf(block)?.ttl ?? '5m');
  let seen = 0;
  const spare = <B extends Block>({ block, path }: BlockAt<B>): BlockAt<B> => {
    if (!markOf(block)) return { block, path };
    if (tooMany.has(path)) {
      omit({ kind: 'cache_control', path, reason: `at most ${marksMax} marks` });
      return { path, block: withMark(block, undefined) };
    }
    const isLate = kept.slice(0, seen).includes('5m') && kept[seen] === '1h';
    seen++;
    if (!isLate) return { block, path };
    omit({ kind: 'cache_control', path, reason: 'an hour may not follow five minutes' });
    return { path, block: withMark(block, { type: 'ephemeral', ttl: '5m' }) };
  };
  return {
    system: history.system.map(spare),
    turns: history.turns.map((turn): HistoryTurn => {
      if (turn.role === 'system') return { ...turn, content: turn.content.map(spare) };
      if (turn.role === 'assistant') return { ...turn, content: turn.content.map(spare) };
      return { ...turn, results: turn.results.map(spare), content: turn.content.map(spare) };
    }),
  };
};

const placedOf = (turn: HistoryTurn): readonly BlockAt<Block>[] =>
  turn.role === 'user' && turn.results.length > 0
    ? [...turn.results, ...turn.content]
    : turn.content;

const isMarked = ({ block }: BlockAt<Block>): boolean => markOf(block) !== undefined;

const markOf = (block: Block): CacheControl | undefined =>
  'cache_control' in block ? block.cache_control : undefined;

const withMark = <B extends Block>(block: B, cache_control: CacheControl | undefined): B =>
  Object.assign({}, block, { cache_control });
