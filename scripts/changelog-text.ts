const UNRELEASED = '## Unreleased\n';

/** The changelog in which what was not released is this version. Throws where there is nothing to release. */
export const releasedText = (changelog: string, version: string, day: string): string => {
  const [before, after] = changelog.split(UNRELEASED);
  if (after === undefined) throw new Error('CHANGELOG.md has no section "Unreleased"');
  if (!/^- /m.test(after.split(/^## /m)[0] ?? ''))
    throw new Error('CHANGELOG.md says nothing under "Unreleased"');
  return `${before}${UNRELEASED}\n## ${version} (${day})\n${after}`;
};
