import type { Tables } from '../../platform/tables/tables.ts';
import type { ProjectSpending } from '../ports/spend-events.ts';
import { readSameShards } from './project-shard.ts';

export const dynamoProjectSpending = (tables: Pick<Tables, 'get'>): ProjectSpending => ({
  shards: async (projectId) => await readSameShards(tables, projectId),
});
