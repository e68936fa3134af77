import type { Plan } from '../runbooks/plan.ts';
import type {
  Outcome,
  Remediation,
  RemediationSettings,
  RemediationTask,
} from '../runbooks/remediation.ts';
import type { Runbook, RunbookHead } from '../runbooks/runbook.ts';

/** Throws AppError `storage_unavailable`. */
export interface RunbookBook {
  /** All of a project, without their texts. */
  heads(tenant: string): Promise<readonly RunbookHead[]>;
  get(tenant: string, id: string): Promise<Runbook | null>;
  /** false: the project has as many as it may. */
  create(runbook: Runbook): Promise<boolean>;
  /** Decides again when somebody else changed it meanwhile. null: it is not there. */
  change(tenant: string, id: string, change: (before: Runbook) => Runbook): Promise<Runbook | null>;
  /** false: it is not there. */
  remove(tenant: string, id: string): Promise<boolean>;
}

/** What opens the addresses of a runbook's steps, outside of the tables. */
export interface RunbookSecrets {
  read(runbookId: string): Promise<Readonly<Record<string, string>>>;
  write(runbookId: string, secrets: Readonly<Record<string, string>>): Promise<void>;
  remove(runbookId: string): Promise<void>;
}

export interface RemediationStore {
  settings(tenant: string): Promise<RemediationSettings>;
  setSettings(tenant: string, settings: RemediationSettings): Promise<void>;
  get(tenant: string, id: string): Promise<Remediation | null>;
  /** Those of an incident, the oldest of each step first. */
  list(tenant: string, incidentId: string): Promise<readonly Remediation[]>;
  /** false: there is one of this id. */
  create(remediation: Remediation): Promise<boolean>;
  /** false: it has another revision than the one before `after`, and nothing is written. */
  change(after: Remediation): Promise<boolean>;
}

export interface RemediationQueue {
  send(tasks: readonly RemediationTask[], afterMs: number): Promise<void>;
}

/**
 * Sends what was planned, once: no method repeats, whatever the answer. It is over before `untilMs`, and it does not
 * throw for what the other side answers.
 */
export type Act = (
  plan: Plan,
  input: { readonly secrets: Readonly<Record<string, string>>; readonly untilMs: number },
) => Promise<Outcome>;

/** What somebody who took a step says of it later. */
export type Seen =
  | { readonly kind: 'continues' }
  | { readonly kind: 'ended'; readonly outcome: Outcome }
  /** It did not answer, or not this; `why` is a sentence. Asked again it may. */
  | { readonly kind: 'unheard'; readonly why: string };

/** Asks how what was handed over is: it reads, and changes nothing there. It does not throw for what the other side answers. */
export type Look = (
  plan: Plan,
  input: {
    /** Its name there. */
    readonly id: string;
    readonly secrets: Readonly<Record<string, string>>;
    readonly untilMs: number;
  },
) => Promise<Seen>;
