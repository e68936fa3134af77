import type { Aliases } from '../ports/alias.ts';
import type { ProjectBook } from '../ports/projects.ts';
import type { RunCareDeps, RunTurnDeps } from '../usecases/run-types.ts';
import type { ReachDeps } from './reach.ts';

interface ProjectDeps {
  readonly projects: ProjectBook;
  readonly aliases: Aliases;
}

/** What routes have that read threads and look after runs. */
export type ThreadRouteDeps = RunCareDeps & ReachDeps & ProjectDeps;
/** What routes have that make turns. */
export type TurnRouteDeps = RunTurnDeps & ReachDeps & ProjectDeps;
