import { cpus, loadavg, totalmem } from 'node:os';
import { median, shown, tableRow } from './figures.ts';
import type { Mode } from './host.ts';
import type { Side } from './side.ts';

/** What one round found, by the key of its row. */
export type Figures = Readonly<Record<string, number>>;

export const BEFORE = 'before';
export const NOW = 'this build';

export interface Goal {
  readonly max: number;
  /** The contender whose figure this build's is divided by; absent: `max` is the figure itself. */
  readonly of?: string;
}

export interface Row {
  readonly key: string;
  readonly what: string;
  readonly digits?: number;
  readonly goals?: readonly Goal[];
}

export interface Contender {
  readonly name: string;
  /** One round. */
  readonly measure: () => Promise<Figures>;
  readonly stop?: () => Promise<void>;
}

export interface Rig {
  /** The build before, then this one. */
  readonly sides: readonly Side[];
  readonly upstream: string;
  /** A smoke run: every step once, on few samples. */
  readonly isQuick: boolean;
}

/** Rows that are measured together, on each contender in turn. */
export interface Group {
  readonly name: string;
  readonly about: string;
  readonly mode: Mode;
  readonly rounds: number;
  /** It answers none of the figures that have a goal, or takes very long: it runs only when it is named. */
  readonly isOnlyNamed?: boolean;
  readonly rows: readonly Row[];
  contenders(rig: Rig): Promise<readonly Contender[]>;
}

/** A table of its own about this build; it runs only when it is named. */
export interface Survey {
  readonly name: string;
  readonly about: string;
  readonly mode: Mode;
  readonly table: (rig: Rig) => Promise<string>;
}

/** The same measurement on both builds. */
export const ofBuilds =
  (measure: (side: Side, rig: Rig) => Promise<Figures>) =>
  async (rig: Rig): Promise<readonly Contender[]> =>
    await Promise.resolve(
      rig.sides.map((side) => ({
        name: side.name,
        measure: async () => await measure(side, rig),
      })),
    );

/** Runs the groups and prints one table, a group's rows as soon as they are known. */
export const compare = async (rig: Rig, groups: readonly Group[]): Promise<void> => {
  console.log(`${machine()}${rig.isQuick ? SMOKE : ''}\n`);
  const head = ['median', NOW, 'compared with', 'ratio', 'goal', ''];
  console.log(`${tableRow(head)}\n${tableRow(head.map(() => '---'))}`);
  for (const [index, group] of groups.entries()) {
    for (const side of rig.sides) await side.serve(group.mode);
    const found = await rounds(rig, group, `${index + 1}/${groups.length} ${group.name}`);
    for (const line of linesOf(group.rows, found)) console.log(tableRow(line));
  }
};

const rounds = async (rig: Rig, group: Group, title: string): Promise<Found> => {
  const contenders = await group.contenders(rig);
  const found = new Map<string, Figures[]>(contenders.map(({ name }) => [name, []]));
  const count = rig.isQuick ? 1 : group.rounds;
  try {
    for (let round = 1; round <= count; round++)
      for (const { name, measure } of contenders) {
        const beganMs = performance.now();
        found.get(name)?.push(await measure());
        const seconds = shown((performance.now() - beganMs) / 1_000, 1);
        console.error(`... ${title}, round ${round}/${count}, ${name}: ${seconds} s`);
      }
  } finally {
    for (const { stop } of contenders) await stop?.();
  }
  return found;
};

type Found = ReadonlyMap<string, readonly Figures[]>;

/** A line for each contender that this build is compared with, or one for a figure that stands alone. */
const linesOf = (rows: readonly Row[], found: Found): readonly (readonly string[])[] =>
  rows.flatMap((row) => {
    const own = figureOf(row, found, NOW);
    if (own === null) return [];
    const digits = row.digits ?? 2;
    const absolute = (row.goals ?? []).filter(({ of }) => of === undefined);
    const others = [...found.keys()].filter((name) => name !== NOW);
    return others.flatMap((name) => {
      const other = figureOf(row, found, name);
      if (other === null) return [];
      const goals = (row.goals ?? []).filter(({ of }) => of === name);
      const ratio = own / other;
      return [
        [
          row.what,
          shown(own, digits),
          `${name}: ${shown(other, digits)}`,
          Number.isFinite(ratio) ? shown(ratio) : '-',
          ...reached(own, other, goals, name === others[0] ? absolute : []),
        ],
      ];
    });
  });

const reached = (
  own: number,
  other: number,
  relative: readonly Goal[],
  absolute: readonly Goal[],
): readonly [string, string] => {
  const all = [
    ...relative.map(({ max }) => ({ text: `ratio <= ${max}`, isMet: own <= max * other })),
    ...absolute.map(({ max }) => ({ text: `<= ${max}`, isMet: own <= max })),
  ];
  if (all.length === 0) return ['', ''];
  const text = all.map((goal) => goal.text).join(', ');
  return [text, all.every(({ isMet }) => isMet) ? 'met' : '**missed**'];
};

const figureOf = ({ key }: Row, found: Found, name: string): number | null => {
  const samples = (found.get(name) ?? []).flatMap((figures) => figures[key] ?? []);
  return samples.length === 0 ? null : median(samples);
};

const SMOKE =
  '\nA smoke run, on fewer streams and samples than its rows say: no figure of it counts.';

const machine = (): string => {
  const [load = 0] = loadavg();
  return `${cpus().length} cores (${cpus()[0]?.model ?? ''}), ${Math.round(totalmem() / 1_073_741_824)} GB, Node ${process.version}, load before ${shown(load, 1)}`;
};
