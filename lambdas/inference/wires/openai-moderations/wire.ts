import * as z from 'zod';
import { checked, countValues, parseJsonObject } from '../../../http/body.ts';
import { utf8Text } from '../../../shared/utf8.ts';
import { NO_TOKENS } from '../../../ledger/domain/usage.ts';
import { exactJson } from '../exact-json.ts';
import { unknownFields } from '../unpriced.ts';
import type { UnitCall, UnitWire } from '../unit-wire.ts';
import { openaiEndpoint } from '../units/openai-endpoint.ts';

/** https://platform.openai.com/docs/api-reference/moderations/create: what judges where no model is named. */
const USUAL_MODEL = 'omni-moderation-latest';
const fields = z.looseObject({
  model: z.string().min(1).max(256).nullish(),
  input: z.union([
    z.string(),
    z
      .array(z.union([z.string(), z.looseObject({ type: z.string() })]))
      .min(1)
      .max(10_000),
  ]),
});
const KNOWN: ReadonlySet<string> = new Set(['model', 'input']);

interface ModerationCall extends UnitCall {
  readonly isNamed: boolean;
  readonly sent: Readonly<Record<string, unknown>>;
}

/** Judgements of texts and images: free, and counted all the same. */
export const openaiModerations: UnitWire<ModerationCall> = {
  kind: 'moderation',
  route: 'POST /v1/moderations',
  beside: 'openai-chat',
  read: (bytes) => {
    const json = utf8Text(bytes);
    const body = parseJsonObject(json);
    countValues(body);
    const { model } = checked(fields, body);
    return {
      model: model ?? USUAL_MODEL,
      isNamed: model != null,
      unpriced: unknownFields(body, KNOWN),
      fields: body,
      sent: exactJson(json) ?? body,
    };
  },
  bound: () => ({ counts: NO_TOKENS, unpriced: [] }),
  endpoint: (account, headers) => openaiEndpoint('/moderations', account, headers),
  body: ({ sent, isNamed }, model) => ({
    type: 'application/json',
    bytes: Buffer.from(
      JSON.stringify(isNamed || model !== USUAL_MODEL ? { ...sent, model } : sent),
    ),
  }),
  shownHeaders: () => ({}),
  members: ['error'],
  isLast: () => false,
  isJson: () => true,
  sound: () => null,
  counts: () => ({ tokens: NO_TOKENS, isEstimate: false }),
};
