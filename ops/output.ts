import { SingleBar } from 'cli-progress';
import { printable } from '../lambdas/shared/clean-text.ts';

export interface Progress {
  step(): void;
  stop(): void;
}

/** How a command speaks: text and bars for people, one JSON document for programs. */
export interface Output {
  /** A line on the way; silent with --json. */
  say(text: string): void;
  /** The answer: the document with --json, else the text. */
  result(document: object, text: string): void;
  /** On stderr, so that the answer can be piped; only where somebody watches. */
  progress(label: string, total: number): Progress;
}

export const terminalOutput = (isJson: boolean): Output => ({
  say: (text) => {
    if (!isJson) console.log(printable(text));
  },
  result: (document, text) =>
    // Titles, templates and notes hold what systems and people wrote: on a terminal it must stay text.
    console.log(isJson ? JSON.stringify(document, null, 2) : printable(text)),
  progress: (label, total) => {
    const bar = new SingleBar({
      format: `${label} {bar} {value}/{total} {eta_formatted}`,
      stream: process.stderr,
    });
    if (!isJson) bar.start(total, 0);
    return { step: () => bar.increment(), stop: () => bar.stop() };
  },
});

/** Micro-USD as dollars, each figure as long as the next: they stand in columns. */
export const usd = (micros: number): string => `$${(micros / 1e6).toFixed(6)}`;

/** Columns for people: each as wide as its widest cell. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};
