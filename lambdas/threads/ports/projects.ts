import type { ProjectSettings } from '../domain/project.ts';

/** A short list of a project's own things, each with an id that follows from its name. */
export interface ProjectList<T> {
  /** `exists`: the name is taken. `full`: the project has as many as it may. */
  create(projectId: string, entry: T): Promise<'created' | 'exists' | 'full'>;
  get(projectId: string, id: string): Promise<T | null>;
  /** By id, those after `afterId`. */
  list(projectId: string, afterId: string | null, limit: number): Promise<readonly T[]>;
  /** Every one. */
  all(projectId: string): Promise<readonly T[]>;
  /** The entry as it is now; null: there is none. Two changes at once both land. */
  change(projectId: string, id: string, change: (entry: T) => T): Promise<T | null>;
  remove(projectId: string, id: string): Promise<boolean>;
}

/** Settings of projects; one that has set nothing has the defaults. */
export interface ProjectBook {
  /** May be as old as `PROJECT_TTL_MS`. */
  settings(projectId: string): Promise<ProjectSettings>;
  set(projectId: string, settings: ProjectSettings): Promise<void>;
}
