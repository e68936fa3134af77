/** What others ask for the same logs by their published lists, without a contract. */
export interface Vendor {
  readonly name: string;
  readonly terms: string;
  readonly source: string;
  /** Of a year; what people, hosts and searches cost besides is left out. */
  readonly yearUsd: (load: { readonly gb: number; readonly records: number }) => number;
}

export const VENDORS_CHECKED_ON = '2026-11-30';

export const VENDORS: readonly Vendor[] = [
  {
    name: 'Datadog',
    terms:
      '$0.10 a GB taken in, $1.70 a million records kept searchable for 15 days, paid by the year',
    source: 'https://www.datadoghq.com/pricing/?product=log-management',
    yearUsd: ({ gb, records }) => gb * 0.1 + (records / 1e6) * 1.7,
  },
  {
    name: 'Elastic Observability Serverless',
    terms: '$0.50 a GB taken in, $0.04 a GB and month, 9 days (December 2024)',
    source: 'https://www.elastic.co/pricing/serverless-observability',
    yearUsd: ({ gb }) => gb * 0.5 + gb * (9 / 365) * 12 * 0.04,
  },
  {
    name: 'CloudWatch Logs',
    terms: '$0.50 a GB taken in, $0.03 a GB and month, 9 days, searches apart',
    source: 'https://aws.amazon.com/cloudwatch/pricing/',
    yearUsd: ({ gb }) => gb * 0.5 + gb * (9 / 365) * 12 * 0.03,
  },
  {
    name: 'Grafana Cloud Logs',
    terms: '$0.05 a GB processed, $0.40 a GB written, 30 days',
    source:
      'https://grafana.com/docs/grafana-cloud/cost-management-and-billing/understand-your-invoice/logs-invoice/',
    yearUsd: ({ gb }) => gb * 0.45,
  },
];
