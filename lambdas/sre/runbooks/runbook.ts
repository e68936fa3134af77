import type { AnomalyKind } from '../domain/anomaly.ts';

/** Of one project. */
export const RUNBOOKS_MAX = 100;
export const RUNBOOK_CHARS_MAX = 16_000;
export const STEPS_MAX = 10;
/** As many as a workflow of GitHub takes. */
export const PARAMETERS_MAX = 25;
export const PARAMETER_CHARS_MAX = 1_000;

/** What a runbook is for; null: any. All that it names must be true of one anomaly. */
export interface RunbookMatch {
  readonly service: string | null;
  readonly environment: string | null;
  /** The kind of an anomaly. */
  readonly signal: AnomalyKind | null;
  /** A template's id or its whole text. */
  readonly template: string | null;
}

export const ACTION_KINDS = ['webhook', 'lambda', 'ssm_document', 'github_workflow'] as const;
export type ActionKind = (typeof ACTION_KINDS)[number];

/** What a step may do. Parameters alone may use facts of the incident; where it is sent is as it was typed. */
export type RunbookAction = {
  readonly parameters: Readonly<Record<string, string>>;
} & (
  | { readonly kind: 'webhook'; readonly url: string }
  | { readonly kind: 'lambda'; readonly functionArn: string }
  | { readonly kind: 'ssm_document'; readonly documentArn: string }
  | {
      readonly kind: 'github_workflow';
      readonly baseUrl: string;
      /** `owner/name` */
      readonly repository: string;
      /** The name of its file. */
      readonly workflow: string;
      readonly ref: string;
    }
);

/** Something to do. `action` null: a person does it. */
export interface RunbookStep {
  /** Of its runbook; a person chose it. */
  readonly id: string;
  readonly title: string;
  readonly action: RunbookAction | null;
}

/** What to do about something that goes wrong again, as people of the project wrote it down. */
export interface Runbook {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly match: RunbookMatch;
  /** Markdown. */
  readonly text: string;
  /** Where people keep the long one; null: nowhere. */
  readonly url: string | null;
  readonly steps: readonly RunbookStep[];
  /** Of what is kept elsewhere. */
  readonly secretNames: readonly string[];
  /** Rises with each change: an approval holds for one revision. */
  readonly revision: number;
  readonly createdMs: number;
  readonly updatedMs: number;
}

/** What finding a runbook takes. */
export type RunbookHead = Pick<Runbook, 'id' | 'name' | 'match' | 'revision'>;
