import * as z from 'zod';
import { AppError } from '../../shared/app-error.ts';
import { queryNumber } from '../../http/query-number.ts';

/** A model as it is listed. */
export interface Model {
  readonly id: string;
  readonly provider: string;
  readonly createdAtMs: number;
  /** null: not known here. */
  readonly inputTokensMax: number | null;
  readonly outputTokensMax: number | null;
}

/** GET /v1/models of Anthropic's SDK, which says `beta=true` beside it: https://platform.claude.com/docs/en/api/models/list */
export const modelsQuery = z.object({
  limit: queryNumber(1, 1_000).default(20),
  after_id: z.string().optional(),
  before_id: z.string().optional(),
});

/** The models after `after_id`, or the last ones before `before_id`. Throws AppError 400 for a model that is not listed. */
export const pageOf = (
  models: readonly Model[],
  { limit, after_id: after, before_id: before }: z.output<typeof modelsQuery>,
): object => {
  const start = after === undefined ? 0 : indexOf(models, 'after_id', after) + 1;
  const end = before === undefined ? models.length : indexOf(models, 'before_id', before);
  const between = models.slice(start, end);
  const isBackwards = after === undefined && before !== undefined;
  const page = isBackwards ? between.slice(-limit) : between.slice(0, limit);
  return {
    data: page.map((model) => modelView(model, 'anthropic')),
    has_more: page.length < between.length,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  };
};

const indexOf = (models: readonly Model[], param: string, id: string): number => {
  const index = models.findIndex((model) => model.id === id);
  if (index !== -1) return index;
  throw new AppError({
    code: 'invalid_request',
    publicMessage: `${param}: no model of this list`,
    facts: { param },
  });
};

export const modelView = (model: Model, dialect: 'openai' | 'anthropic'): object =>
  dialect === 'openai'
    ? {
        id: model.id,
        object: 'model',
        created: Math.floor(model.createdAtMs / 1_000),
        owned_by: model.provider,
      }
    : {
        type: 'model',
        id: model.id,
        display_name: model.id,
        created_at: new Date(model.createdAtMs).toISOString().replace('.000Z', 'Z'),
        max_input_tokens: model.inputTokensMax,
        max_tokens: model.outputTokensMax,
        capabilities: null,
        lifecycle: 'active',
        line: null,
        deprecated_at: null,
        retires_at: null,
      };
