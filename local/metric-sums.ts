import * as z from 'zod';

const SERIES_MAX = 1_000;

/** One metric with one set of dimension values, summed since the start. */
export interface MetricSum {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly unit: string;
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
 * Sums what functions print in CloudWatch's embedded metric format.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export class MetricSums {
  private readonly sums = new Map<string, MetricSum>();

  all(): readonly MetricSum[] {
    return [...this.sums.values()].toSorted((left, right) => left.name.localeCompare(right.name));
  }

  /** Takes a parsed log line; what is no metric line is left alone. */
  take(line: unknown): void {
    const parsed = emf.safeParse(line);
    if (!parsed.success) return;
    for (const { Namespace, Dimensions, Metrics } of parsed.data._aws.CloudWatchMetrics)
      for (const names of Dimensions.length === 0 ? [[]] : Dimensions) {
        const dimensions = Object.fromEntries(
          names.map((name) => [name, word.parse(parsed.data[name])]),
        );
        for (const { Name, Unit } of Metrics)
          this.add(
            { namespace: Namespace, name: Name, dimensions, unit: Unit },
            figures.safeParse(parsed.data[Name]).data ?? [],
          );
      }
  }

  private add(
    series: Pick<MetricSum, 'namespace' | 'name' | 'dimensions' | 'unit'>,
    values: readonly number[],
  ): void {
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
