import * as z from 'zod';
import type { UnitKind } from '../../inference/models/model-kinds.ts';
import { AppError } from '../../shared/app-error.ts';
import { queryNumber } from '../../http/query-number.ts';

/** A model as it is listed. */
export interface Model {
  readonly id: string;
  readonly provider: string;
  /** What Google's client calls it by here; none: it calls it by nothing. */
  readonly methods: readonly string[];
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

/** Whose client asks for models. */
export type ModelReader = 'openai' | 'anthropic' | 'google';

export const modelView = (model: Model, reader: ModelReader): object => {
  switch (reader) {
    case 'openai':
      return {
        id: model.id,
        object: 'model',
        created: Math.floor(model.createdAtMs / 1_000),
        owned_by: model.provider,
      };
    case 'anthropic':
      return {
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
    case 'google':
      return googleView(model);
  }
};

export const googleMethods = (provider: string, kind: UnitKind | 'chat'): readonly string[] => {
  if (kind === 'chat') return ['generateContent', 'countTokens'];
  const isVector = kind === 'embedding' && provider === 'google';
  return isVector ? ['embedContent', 'batchEmbedContents'] : [];
};

/** https://ai.google.dev/api/models#Model */
const googleView = ({ id, methods, inputTokensMax, outputTokensMax }: Model): object => ({
  name: `models/${id}`,
  displayName: id,
  ...(inputTokensMax === null ? {} : { inputTokenLimit: inputTokensMax }),
  ...(outputTokensMax === null ? {} : { outputTokenLimit: outputTokensMax }),
  supportedGenerationMethods: methods,
});

/** GET /v1beta/models: https://ai.google.dev/api/models#method:-models.list */
export const googleModelsQuery = z.object({
  pageSize: queryNumber(1, 1_000).default(50),
  pageToken: z.string().optional(),
});

/** The models after those of the page whose token is told. Throws AppError 400 for a token of no page. */
export const googlePage = (
  all: readonly Model[],
  { pageSize, pageToken }: z.output<typeof googleModelsQuery>,
): object => {
  const models = all.filter(({ methods }) => methods.length > 0);
  const start = pageToken === undefined ? 0 : indexOf(models, 'pageToken', pageToken) + 1;
  const page = models.slice(start, start + pageSize);
  const isLast = start + page.length === models.length;
  return {
    models: page.map(googleView),
    ...(isLast ? {} : { nextPageToken: page.at(-1)?.id }),
  };
};
