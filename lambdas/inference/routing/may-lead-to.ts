import type { KeyState } from '../../ledger/domain/key.ts';
import { isAlias } from './route.ts';

type Lister = Pick<KeyState, 'allowedModels'>;

/** Does the key's list name this route? A name that is a model's own allows that model alone. */
export const isListed = ({ allowedModels }: Lister, name: string): boolean =>
  isAlias(name) && allowedModels?.includes(name) === true;

/** A list that names the route allows where it leads; a list that does not must name the model itself. */
export const mayLeadTo = (key: Lister, name: string, model: string): boolean =>
  key.allowedModels === null || isListed(key, name) || key.allowedModels.includes(model);
