import * as z from 'zod';

const SERIES_MAX = 1_000;

/** Figures that were reported at once of one metric with one set of dimension values. */
export interface Datum {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
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

const emf = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string(), Unit: z.string().default('None') })),
      }),
    ),
  }),
});
const word = z.coerce.string().catch('');
const figures = z.union([z.number().transform((one) => [one]), z.array(z.number())]);

/**
 * What a parsed log line reports in CloudWatch's embedded metric format; nothing, when it is no such line.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const dataOf = (line: unknown): readonly Datum[] => {
  const parsed = emf.safeParse(line);
  if (!parsed.success) return [];
  const { _aws: told, ...fields } = parsed.data;
  return told.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    (Dimensions.length === 0 ? [[]] : Dimensions).flatMap((names) =>
      Metrics.map(({ Name, Unit }) => ({
        namespace: Namespace,
        name: Name,
        dimensions: Object.fromEntries(names.map((name) => [name, word.parse(fields[name])])),
        unit: Unit,
        values: figures.safeParse(fields[Name]).data ?? [],
      })),
    ),
  );
};

/** Every metric since the start. */
export class MetricSums {
  private readonly sums = new Map<string, MetricSum>();

  all(): readonly MetricSum[] {
    return [...this.sums.values()].toSorted((left, right) => left.name.localeCompare(right.name));
  }

  add({ values, ...series }: Datum): void {
    const key = JSON.stringify(series);
    for (const value of values) {
      const old = this.sums.get(key);
      if (old === undefined && this.sums.size >= SERIES_MAX) return;
      this.sums.set(key, {
        ...series,
        count: (old?.count ?? 0) + 1,
        sum: (old?.sum ?? 0) + value,
        max: Math.max(old?.max ?? value, value),
        last: value,
      });
    }
  }
}
