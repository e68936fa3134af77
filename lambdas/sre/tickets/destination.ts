import type { OfficeHours } from '../domain/office-hours.ts';
import type { Band } from '../score/composite.ts';

/** Systems that take tickets. */
export const DESTINATION_KINDS = [
  'webhook',
  'email',
  'jira',
  'jira_data_center',
  'servicenow',
  'pagerduty',
  'opsgenie',
  'slack',
  'zammad',
] as const;
export type DestinationKind = (typeof DESTINATION_KINDS)[number];

/** Of one project. */
export const DESTINATIONS_MAX = 50;

/** They wake people: none of them is notified of what is over by the time it could be sent. */
export const PAGERS: readonly DestinationKind[] = ['pagerduty', 'opsgenie'];

/** What it says holds for the incidents that it matches: null matches every one. The first that matches decides. */
export interface Route {
  readonly bands: readonly Band[] | null;
  readonly services: readonly string[] | null;
  readonly environments: readonly string[] | null;
  readonly owners: readonly string[] | null;
  /** Outside of them what would be sent waits; null: at any time. */
  readonly hours: OfficeHours | null;
  /** `none`: this destination hears nothing of it. */
  readonly send: 'ticket' | 'none';
}

/** A place where a project's tickets go. What opens it is kept outside of the tables. */
export interface Destination {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly kind: DestinationKind;
  /** Of its kind; nothing secret. */
  readonly settings: Readonly<Record<string, string>>;
  /** Of what is kept elsewhere. */
  readonly secretNames: readonly string[];
  readonly routes: readonly Route[];
  /** How long a ticket may stay unacknowledged until it says so again; null: for ever. */
  readonly remindAfterMs: number | null;
  readonly isPaused: boolean;
  /** Rises with each change: what was refused before is tried again. */
  readonly revision: number;
  readonly createdMs: number;
  readonly updatedMs: number;
}
