import type { Period } from '../domain/key.ts';
import type { ProjectBudget } from '../domain/project-cap.ts';

/** The cap of a project as it is at the moment. */
export interface ProjectCap {
  readonly projectId: string;
  /** null: it has none. */
  readonly budget: ProjectBudget | null;
  /** false: some keys do not know yet that it was set, or removed. */
  readonly isBound: boolean;
}

/**
 * Caps of whole projects. A cap counts from the moment that it is set on: neither what was spent before nor what calls in
 * flight cost. Another amount keeps the count; another period begins a new one.
 */
export interface ProjectCaps {
  get(projectId: string, nowMs: number): Promise<ProjectCap>;
  /** null removes it. Holds at once for every key that is bound, and for every new one. One transaction with its record. */
  set(
    projectId: string,
    cap: { readonly capNanoUsd: number; readonly period: Period } | null,
    by: { readonly keyId: string; readonly nowMs: number },
  ): Promise<ProjectCap>;
  /** Tells the keys that are there, where the last one ended; true: every one knows, from its next call on. */
  bind(projectId: string, untilMs: number): Promise<boolean>;
}
