import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { answers, chapter, json } from '../../http/openapi-parts.ts';
import { TIER_PATHS } from './tier-contract.ts';
import { patchProjectBody } from './project-format.ts';

const keys = chapter('Keys');
const micros = z.int().nullable();

const projectSchema = z
  .strictObject({
    object: z.literal('project_cap'),
    project_id: z.string(),
    state: z
      .enum(['off', 'applying', 'active'])
      .describe('applying: some keys do not know of the latest change yet; PATCH {} continues'),
    cap_micros: micros,
    spent_micros: micros.describe('since the cap was set or its period began'),
    held_micros: micros,
    available_micros: micros,
    share_spent: z.number().nullable(),
    period: z.enum(['lifetime', 'day', 'week', 'month']).nullable(),
    window: z.string().nullable(),
    resets_at: z.int().nullable(),
  })
  .meta({ id: 'ProjectCap' });

const PROJECT = {
  object: 'project_cap' as const,
  project_id: 'project_default',
  state: 'active' as const,
  cap_micros: 500_000_000,
  spent_micros: 123_400_000,
  held_micros: 40_000,
  available_micros: 376_560_000,
  share_spent: 0.2468,
  period: 'month' as const,
  window: '2026-11',
  resets_at: 1_796_083_200_000,
};

/** The project's cap, and its tiers. */
export const PROJECT_PATHS: ZodOpenApiPathsObject = {
  ...TIER_PATHS,
  '/v1/project/cap': {
    get: {
      ...keys('getProjectCap', 'Get the cap of the project, with what its keys spent of it'),
      ...answers('200', 'The cap', json(projectSchema, PROJECT)),
    },
    patch: {
      ...keys('updateProjectCap', 'Set, change or remove the cap of the project'),
      requestBody: json(patchProjectBody, { max_spend_usd: 500, period: 'month' }),
      ...answers(
        '200',
        'The cap; where state is active, every key is bound from its next call on',
        json(projectSchema, PROJECT),
      ),
    },
  },
};
