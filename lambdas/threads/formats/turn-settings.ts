import * as z from 'zod';
import { itemKeyText } from '../../http/item-key-text.ts';
import { anyJson } from '../../inference/turn/any-json.ts';
import { AppError } from '../../shared/app-error.ts';
import { newestPins } from '../domain/dialect-pins.ts';
import { LOOP_DEFAULT, LOOP_MAX, OFFERED_MAX } from '../domain/limits.ts';
import type { RunSettings } from '../domain/thread.ts';

const tool = z.strictObject({
  name: z.string().regex(/^[\w./-]{1,128}$/),
  description: z.string().max(8_192).default(''),
  input_schema: z.record(z.string(), anyJson),
  strict: z.boolean().optional(),
});

/** What a turn asks of its model, on every route that makes one by our own fields. */
export const turnSettings = {
  model: z.string().min(1).max(256),
  max_tokens: z.int().min(1).max(10_000_000).optional(),
  system: z.string().max(200_000).optional(),
  temperature: z.number().min(0).max(2).optional(),
  stream: z.boolean().default(true),
  tools_mode: z.enum(['none', 'client', 'tenant', 'explicit', 'dynamic']).optional(),
  /** Ids or names of the project's tools, with `explicit`. */
  tool_ids: z.array(z.string().min(1).max(256)).min(1).max(OFFERED_MAX).optional(),
  tools: z.array(tool).max(128).optional(),
  loop_max: z.int().min(1).max(LOOP_MAX).default(LOOP_DEFAULT),
  on_interrupt: z.enum(['end', 'retry']).default('end'),
  concurrency: z.enum(['queue', 'reject', 'interrupt']).default('queue'),
  request_id: itemKeyText.optional(),
  /** A thread without a title gets one, once, when this answer is complete. */
  generate_title: z.boolean().optional(),
};

/** A turn that asks for nothing but an answer. */
export const turnBody = z.strictObject(turnSettings);
export type TurnBody = z.infer<typeof turnBody>;

export const settingsOf = (body: TurnBody, feature: string | null): RunSettings => ({
  model: body.model,
  system: body.system ?? null,
  maxTokens: body.max_tokens ?? null,
  temperature: body.temperature ?? null,
  toolsMode: toolsModeOf(body),
  toolIds: body.tool_ids ?? [],
  clientTools: (body.tools ?? []).map(({ strict, ...rest }) =>
    strict === undefined ? rest : { ...rest, strict },
  ),
  loopMax: body.loop_max,
  clientCalls: 'wait',
  controls: {},
  onInterrupt: body.on_interrupt,
  feature,
  ...(body.generate_title === true ? { wantsTitle: true } : {}),
  dialects: newestPins(),
  echo: {},
});

const toolsModeOf = (body: TurnBody): RunSettings['toolsMode'] => {
  const { tools_mode: mode, tool_ids: ids, tools } = body;
  if ((mode === 'explicit') === (ids !== undefined))
    return mode ?? (tools === undefined ? 'none' : 'client');
  throw new AppError({
    code: 'invalid_request',
    publicMessage: 'tool_ids: comes with tools_mode explicit, and only with it',
    facts: { param: 'tool_ids' },
  });
};
