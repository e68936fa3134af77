import { useEffect, useRef, useState } from 'react';
import { isEnd } from '../../../clients/browser/fold.ts';
import type { Sluice } from './sluice.ts';

const RETRY_MS = 2_000;

interface Place {
  readonly sluice: Sluice;
  readonly threadId: string;
  /** Messages up to this one are here, and do not change any more; null: nothing is loaded yet. */
  readonly seq: number | null;
}

/** Calls when something happened to the thread, in this tab or any other; answers why no more news can come. */
export const useNews = (
  { sluice, threadId, seq }: Place,
  call: () => Promise<void>,
): string | null => {
  const [refusal, setRefusal] = useState<string | null>(null);
  const latest = useRef({ call, seq });
  useEffect(() => {
    latest.current = { call, seq };
  });
  const isLoaded = seq !== null;
  useEffect(() => {
    if (!isLoaded) return;
    const leaving = new AbortController();
    const { signal } = leaving;
    const look = oneAtATime(async () => await latest.current.call());
    const listen = async (): Promise<void> => {
      const told = sluice.subscribe(threadId, latest.current.seq ?? 0, { signal });
      // Words of an answer are read by the chat itself.
      for await (const one of told) {
        const isStep = 'event' in one && !isEnd(one.event) && one.event.type !== 'run.resumed';
        if (!isStep) look();
      }
    };
    listen().catch((error: unknown) => {
      if (!signal.aborted) setRefusal(error instanceof Error ? error.message : String(error));
    });
    return () => leaving.abort();
  }, [sluice, threadId, isLoaded]);
  return refusal;
};

/** Calls at once, when the page is seen again, and again and again while that is needed. */
export const useEvery = (call: () => Promise<void>, isNeeded: boolean): void => {
  const latest = useRef(call);
  useEffect(() => {
    latest.current = call;
  });
  useEffect(() => {
    const ask = (): void => {
      if (document.visibilityState === 'visible') void latest.current();
    };
    void latest.current();
    document.addEventListener('visibilitychange', ask);
    const timer = isNeeded ? setInterval(ask, RETRY_MS) : undefined;
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', ask);
    };
  }, [isNeeded]);
};

/** However often it is called while it is at work, it works once more. */
const oneAtATime = (work: () => Promise<void>): (() => void) => {
  let isBusy = false;
  let isAsked = false;
  const run = async (): Promise<void> => {
    isBusy = true;
    try {
      while (isAsked) {
        isAsked = false;
        await work();
      }
    } finally {
      isBusy = false;
    }
  };
  return () => {
    isAsked = true;
    if (!isBusy) void run();
  };
};
