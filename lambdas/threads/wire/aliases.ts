import { qlaudAlias } from '../dialects/qlaud/routes/qlaud-alias.ts';
import type { Aliases } from '../ports/alias.ts';

/** What a project may choose for its native routes. */
export const ALIASES_OF_PROJECTS: Aliases = { qlaud: qlaudAlias };
