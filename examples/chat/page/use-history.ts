import { useCallback, useRef, useState } from 'react';
import { isOpen } from './rows.ts';
import type { Row, Sluice } from './sluice.ts';

const PAGE_MESSAGES = 100;

interface History {
  /** In the order of the thread. */
  readonly rows: readonly Row[];
  readonly hasOlder: boolean;
  /** How many were put before the first ones. */
  readonly olderCount: number;
}

/**
 * A thread's messages as they are stored: the newest page first, older ones when asked for, and whatever this or any
 * other tab adds. null: nothing is loaded yet.
 */
export const useHistory = (sluice: Sluice, threadId: string) => {
  const [history, setHistory] = useState<History | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const latest = useRef<History | null>(null);
  const isLoadingOlder = useRef(false);

  const keep = useCallback((next: History) => {
    latest.current = next;
    setHistory(next);
    setProblem(null);
  }, []);

  /** Reads what is new after the messages that cannot change any more. */
  const sync = useCallback(async (): Promise<readonly Row[]> => {
    const known = latest.current;
    try {
      if (known === null) {
        const { data, has_more } = await sluice.messages(threadId, {
          order: 'desc',
          limit: PAGE_MESSAGES,
        });
        keep({ rows: data.toReversed(), hasOlder: has_more, olderCount: 0 });
      } else {
        const settled = settledRows(known.rows);
        const added = await rowsAfter(sluice, threadId, settled.at(-1)?.seq ?? 0);
        // An older page may have come meanwhile.
        const now = latest.current ?? known;
        const from = added[0]?.seq ?? Number.POSITIVE_INFINITY;
        keep({ ...now, rows: [...now.rows.filter(({ seq }) => seq < from), ...added] });
      }
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    return latest.current?.rows ?? [];
  }, [sluice, threadId, keep]);

  const loadOlder = useCallback(async (): Promise<void> => {
    const known = latest.current;
    const first = known?.rows[0];
    if (known?.hasOlder !== true || first === undefined || isLoadingOlder.current) return;
    isLoadingOlder.current = true;
    try {
      const { data, has_more } = await sluice.messages(threadId, {
        order: 'desc',
        limit: PAGE_MESSAGES,
        before_seq: first.seq,
      });
      const now = latest.current ?? known;
      keep({
        rows: [...data.toReversed(), ...now.rows],
        hasOlder: has_more,
        olderCount: now.olderCount + data.length,
      });
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      isLoadingOlder.current = false;
    }
  }, [sluice, threadId, keep]);

  return { history, problem, sync, loadOlder };
};

/** Those before the first one that changes yet. */
export const settledRows = (rows: readonly Row[]): readonly Row[] => {
  const first = rows.findIndex(isOpen);
  return first === -1 ? rows : rows.slice(0, first);
};

const rowsAfter = async (sluice: Sluice, threadId: string, seq: number): Promise<Row[]> => {
  const rows: Row[] = [];
  for (;;) {
    const after_seq = rows.at(-1)?.seq ?? seq;
    const { data, has_more } = await sluice.messages(threadId, { after_seq, limit: PAGE_MESSAGES });
    rows.push(...data);
    if (!has_more) return rows;
  }
};
