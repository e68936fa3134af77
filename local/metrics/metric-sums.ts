import * as z from 'zod';

const SERIES_MAX = 1_000;

/** One series of a metric. */
export interface SeriesName {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Figures that were reported at once of one metric with one set of dimension values. */
export interface Datum extends SeriesName {
  readonly unit: string;
  readonly values: readonly number[];
}

/** One metric with one set of dimension values, summed since the start. */
export interface MetricSum extends Omit<Datum, 'values'> {
  readonly count: number;
  readonly sum: number;
  readonly max: number;
  readonly last: number;
}

const emf = z.object({
  CloudWatchMetrics: z.array(
    z.object({
      Namespace: z.string(),
      Dimensions: z.array(z.array(z.string())),
      Metrics: z.array(z.object({ Name: z.string(), Unit: z.string().default('None') })),
    }),
  ),
});
const word = z.coerce.string().catch('');
const wordOf = (value: unknown): string => (typeof value === 'string' ? value : word.parse(value));
const figureList = z.array(z.number()).catch([]);
/** Of one figure or of a list; none: it is neither. */
const figuresOf = (value: unknown): readonly number[] =>
  typeof value === 'number' ? [value] : figureList.parse(value);

/**
 * What a parsed log line reports in CloudWatch's embedded metric format; nothing, when it is no such line.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const dataOf = (line: unknown): readonly Datum[] => {
  // Most lines have none.
  if (!isRecord(line) || line['_aws'] === undefined) return [];
  const parsed = emf.safeParse(line['_aws']);
  if (!parsed.success) return [];
  return parsed.data.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    (Dimensions.length === 0 ? [[]] : Dimensions).flatMap((names) =>
      Metrics.map(({ Name, Unit }) => ({
        namespace: Namespace,
        name: Name,
        dimensions: Object.fromEntries(names.map((name) => [name, wordOf(line[name])])),
        unit: Unit,
        values: figuresOf(line[Name]),
      })),
    ),
  );
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** A series by the exact set of its dimensions, whatever their order. */
export const seriesKey = ({ namespace, name, dimensions }: SeriesName): string => {
  let key = `${namespace}\0${name}`;
  const names = Object.keys(dimensions);
  for (const dimension of names.length > 1 ? names.toSorted() : names)
    key += `\0${dimension}\0${dimensions[dimension]}`;
  return key;
};

/** Every metric since the start. */
export class MetricSums {
  private readonly sums = new Map<string, Summed>();

  all(): readonly MetricSum[] {
    return [...this.sums.values()].toSorted((left, right) => left.name.localeCompare(right.name));
  }

  add({ values, ...series }: Datum): void {
    const key = `${seriesKey(series)}\0${series.unit}`;
    for (const value of values) {
      const sum = this.sums.get(key);
      if (sum === undefined) {
        if (this.sums.size >= SERIES_MAX) return;
        this.sums.set(key, { ...series, count: 1, sum: value, max: value, last: value });
        continue;
      }
      sum.count += 1;
      sum.sum += value;
      sum.max = Math.max(sum.max, value);
      sum.last = value;
    }
  }
}

type Summed = { -readonly [Field in keyof MetricSum]: MetricSum[Field] };
