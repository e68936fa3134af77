import { afterEach, beforeEach, vi } from 'vitest';

/** Keeps what a test prints from the terminal; returns what was printed since the test began. */
export const keepPrinted = (): (() => readonly string[]) => {
  let printed: string[] = [];
  beforeEach(() => {
    printed = [];
    for (const stream of [process.stdout, process.stderr])
      vi.spyOn(stream, 'write').mockImplementation((text) => {
        printed.push(String(text));
        return true;
      });
  });
  afterEach(() => vi.restoreAllMocks());
  return () => printed;
};
