/** The value below which this share of the samples is. */
export const quantile = (samples: readonly number[], share: number): number => {
  const sorted = samples.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

export const shown = (value: number, digits = 2): string => value.toFixed(digits);

/** A line of a table as Markdown reads it. */
export const tableRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map(tableRow).join('\n');
