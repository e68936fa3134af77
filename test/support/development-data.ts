import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

/** Labelled logs, crash reports and traces lie beside the checkout; they are no part of the project. */
export const DEVELOPMENT_DATA = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

/** null, or why what needs the data is skipped. */
export const developmentDataProblem = existsSync(join(DEVELOPMENT_DATA, 'loghub'))
  ? null
  : `the development data is not there (${DEVELOPMENT_DATA})`;

export const LOGHUB_SYSTEMS = [
  'Android',
  'BGL',
  'HDFS',
  'HealthApp',
  'Linux',
  'OpenSSH',
  'Proxifier',
  'Spark',
] as const;

export interface LabelledLine {
  readonly content: string;
  /** The true template: lines of one template are one group. */
  readonly template: string;
  /** As the line says it, '' where a system has no levels. */
  readonly level: string;
  /** False where a label says that the line belongs to a failure. */
  readonly isNormal: boolean;
}

/** The 2,000 lines of a Loghub system. */
export const loghubLines = (system: string): readonly LabelledLine[] => {
  const file = join(
    DEVELOPMENT_DATA,
    'loghub',
    system,
    `${system}_2k.log_structured_corrected.csv`,
  );
  const [head = [], ...rows] = readCsv(readFileSync(file, 'utf8'));
  const column = (name: string) => {
    const index = head.indexOf(name);
    return (row: readonly string[]): string => row[index] ?? '';
  };
  const [content, template, level, label] = [
    column('Content'),
    column('EventTemplate'),
    column('Level'),
    column('Label'),
  ];
  const isLabelled = head.includes('Label');
  return rows.map((row) => ({
    content: content(row),
    template: template(row),
    level: level(row),
    isNormal: !isLabelled || label(row) === '-',
  }));
};

export interface CrashReport {
  readonly name: string;
  /** The cause that it is known by; null: the log holds no crash. */
  readonly title: string | null;
  readonly isCorrupted: boolean;
  readonly lines: readonly string[];
}

/** Console logs of crashed kernels, and some of healthy ones. */
export const crashReports = (): readonly CrashReport[] => {
  const root = join(DEVELOPMENT_DATA, 'crash-reports');
  const systems = readdirSync(root).filter((name) => existsSync(join(root, name, 'report')));
  return systems.flatMap((system) =>
    readdirSync(join(root, system, 'report')).map((file) => readReport(root, system, file)),
  );
};

/** Header lines, an empty line, the log, and then perhaps what a tool is to make of it. */
const readReport = (root: string, system: string, file: string): CrashReport => {
  const text = readFileSync(join(root, system, 'report', file), 'utf8');
  const end = text.startsWith('\n') ? 0 : text.indexOf('\n\n');
  const header = text.slice(0, Math.max(0, end));
  const [log = ''] = text.slice(end + 1).split(/^REPORT:$/m);
  return {
    name: `${system}/${file}`,
    title: /^TITLE: *(.*)$/m.exec(header)?.[1] ?? null,
    isCorrupted: /^CORRUPTED: *Y/m.test(header),
    lines: log.split('\n').filter((line) => line !== ''),
  };
};

/** Messages of healthy minutes of a shop of some 40 services, as their logger wrote them. */
export const healthyShopLines = (): readonly LabelledLine[] => {
  const root = join(DEVELOPMENT_DATA, 'nezha/construct_data');
  return readdirSync(root).flatMap((day) =>
    readdirSync(join(root, day, 'log')).flatMap((file) => {
      const bytes = readFileSync(join(root, day, 'log', file));
      const [head = [], ...rows] = readCsv(gunzipSync(bytes).toString('utf8'));
      const index = head.indexOf('Log');
      return rows.map((row) => lineOf(row[index] ?? ''));
    }),
  );
};

const lineOf = (log: string): LabelledLine => {
  const escaped = /^\{"log":"((?:[^"\\]|\\.)*)"/.exec(log)?.[1] ?? log;
  const content = escaped.replaceAll(String.raw`\n`, '').replaceAll(String.raw`\"`, '"');
  const level = /^\S+ +([A-Z]+) /.exec(content)?.[1] ?? '';
  return { content, template: '', level, isNormal: true };
};

const SEVERITIES: Readonly<Record<string, number>> = {
  V: 1,
  TRACE: 1,
  D: 5,
  DEBUG: 5,
  I: 9,
  INFO: 9,
  W: 13,
  WARN: 13,
  WARNING: 13,
  E: 17,
  ERROR: 17,
  SEVERE: 17,
  FAILURE: 17,
  FATAL: 21,
};

/** As OpenTelemetry counts; 0 for a word that is no level. */
export const severityOfLevel = (level: string): number => SEVERITIES[level] ?? 0;

/** RFC 4180. */
export const readCsv = (text: string): readonly (readonly string[])[] => {
  const rows: string[][] = [];
  let row: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\r?\n|$)/y;
  while (field.lastIndex < text.length) {
    const [, quoted, plain = '', end] = field.exec(text) ?? [];
    if (end === undefined) throw new Error('a quote is not closed');
    row.push(quoted?.replaceAll('""', '"') ?? plain.replace(/\r$/, ''));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
};
