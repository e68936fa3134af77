import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import * as z from 'zod';
import { problemOf } from './strict/contract.ts';

const document = z.object({ $defs: z.record(z.string(), z.looseObject({})) });

/** What OpenAI's own document says of the things that routes of Responses and Conversations answer. */
const { $defs } = document.parse(
  JSON.parse(readFileSync('test/fixtures/contracts/openai-responses.json', 'utf8')),
);

export type ContractName =
  | 'Response'
  | 'ResponseStreamEvent'
  | 'ResponseItemList'
  | 'ConversationItemList'
  | 'ConversationItem'
  | 'ConversationResource'
  | 'DeletedConversationResource'
  | 'TokenCountsResource'
  | 'CompactResource'
  | 'ErrorResponse';

/** OpenAI answers it, and its own client goes by it: https://github.com/openai/codex, codex-rs/codex-api/src/sse/responses.rs */
const UNLISTED = 'context_length_exceeded';
const code = z.looseObject({ enum: z.array(z.string()) }).parse($defs['ResponseErrorCode']);
$defs['ResponseErrorCode'] = { ...code, enum: [...code.enum, UNLISTED] };

const schemas = new Map<string, z.ZodType>();
const schemaOf = (name: string): z.ZodType => {
  const schema = schemas.get(name) ?? z.fromJSONSchema({ $ref: `#/$defs/${name}`, $defs });
  schemas.set(name, schema);
  return schema;
};

/** Fails unless the value is what the document says, as far as it names fields, and has no field that it does not name. */
export const expectContract = (name: ContractName, value: unknown): void => {
  const { error } = schemaOf(definitionOf(name, value)).safeParse(value);
  expect(error === undefined ? null : `${name}: ${problemOf(error.issues)}`).toBeNull();
  expect(strangeFields(name, value)).toEqual([]);
};

/** An event by its own definition, for a problem that says what it is. */
const definitionOf = (name: ContractName, value: unknown): string => {
  if (name !== 'ResponseStreamEvent') return name;
  const { type } = z.looseObject({ type: z.string() }).parse(value);
  const isOfType = new RegExp(`"type":\\{"type":"string","enum":\\["${type}"\\]`);
  const [found] = Object.entries($defs).filter(
    ([title, definition]) => title.endsWith('Event') && isOfType.test(JSON.stringify(definition)),
  );
  if (found === undefined) throw new Error(`no event has the type ${type}`);
  return found[0];
};

/** `store` is in no definition, and in each response of that API. */
const UNNAMED = new Set(['store']);

const strangeFields = (name: string, value: unknown): readonly string[] => {
  const { response } = z.object({ response: z.unknown() }).catch({ response: null }).parse(value);
  if (response !== null && response !== undefined) return strangeFields('Response', response);
  if (name !== 'Response') return [];
  const known = knownFields(name);
  return Object.keys(z.looseObject({}).parse(value)).filter(
    (field) => !known.has(field) && !UNNAMED.has(field),
  );
};

const part = z.looseObject({
  $ref: z.string().optional(),
  properties: z.looseObject({}).optional(),
  allOf: z.array(z.looseObject({})).optional(),
});

const knownFields = (name: string): ReadonlySet<string> => {
  const fieldsOf = (definition: unknown): readonly string[] => {
    const { $ref, properties, allOf } = part.parse(definition);
    if ($ref !== undefined) return fieldsOf($defs[$ref.replace('#/$defs/', '')]);
    return [...Object.keys(properties ?? {}), ...(allOf ?? []).flatMap(fieldsOf)];
  };
  return new Set(fieldsOf($defs[name]));
};
