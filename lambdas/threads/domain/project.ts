/** Dialects that a project's native routes may speak beside their own. */
export const ALIASES = ['qlaud'] as const;
export type AliasName = (typeof ALIASES)[number];

/** What a project has set for all of its threads. */
export interface ProjectSettings {
  readonly dialects: readonly AliasName[];
}

export const PROJECT_DEFAULTS: ProjectSettings = { dialects: [] };

/** What stands for the alias among these names of dialects; null: the native dialect alone is spoken. */
export const aliasAmong = <T>(
  aliases: Readonly<Record<AliasName, T>>,
  dialects: readonly string[],
): T | null => {
  const name = ALIASES.find((alias) => dialects.includes(alias));
  return name === undefined ? null : aliases[name];
};
