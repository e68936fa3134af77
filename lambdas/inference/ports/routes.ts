import type { KeptSetting } from '../../ledger/ports/settings.ts';
import type { ModelRoute, RouteBook } from '../routing/route.ts';

/** A project's routes as they were read, with what a change of them must name. */
export interface ReadRoutes {
  readonly book: RouteBook;
  readonly seen: KeptSetting | null;
}

/** What becomes of the routes by one change. */
export interface RouteChange {
  readonly projectId: string;
  readonly seen: KeptSetting | null;
  readonly book: RouteBook;
  readonly name: string;
  readonly action: 'created' | 'changed' | 'removed';
  /** null: the route is gone. */
  readonly route: ModelRoute | null;
  readonly byKeyId: string;
  readonly atMs: number;
}

/** The same as functions that call models read them. */
export interface KeptRoutes {
  /** The routes of a project that has one of this name, as of some seconds ago; null: it has none at the moment. */
  find(projectId: string, name: string): Promise<RouteBook | null>;
}

/** The routes of projects. */
export interface RouteStore {
  read(projectId: string): Promise<ReadRoutes>;
  /** false: somebody changed them since they were seen. Throws AppError 400 where they take more than one item holds. */
  write(change: RouteChange): Promise<boolean>;
}
