/** Dialects that a project's native routes may speak beside their own. */
export const ALIASES = ['qlaud'] as const;
export type AliasDialect = (typeof ALIASES)[number];

/** What a project has set for all of its threads. */
export interface ProjectSettings {
  readonly dialects: readonly AliasDialect[];
}

export const PROJECT_DEFAULTS: ProjectSettings = { dialects: [] };
