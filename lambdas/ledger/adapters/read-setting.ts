import type { ItemKey, Tables } from '../../platform/tables/tables.ts';
import type { KeptSetting } from '../ports/settings.ts';
import { projectKey } from './profile-row.ts';

/** Of a setting what calls need of it: they read one and change none. */
export const settingReader =
  (tables: Tables) =>
  async (projectId: string, name: string): Promise<KeptSetting | null> => {
    const item = await tables.get('keys', settingKey(projectId, name));
    return item === null ? null : { revision: String(item['revision']), value: item['value'] };
  };

export const settingKey = (projectId: string, name: string): ItemKey => ({
  pk: projectKey(projectId),
  sk: name,
});
