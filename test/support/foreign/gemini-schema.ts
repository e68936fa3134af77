import { geminiContract } from '../strict/gemini-body.ts';

type Schema = Readonly<Record<string, unknown>>;
type Field = (typeof geminiContract)['messages'][string][string];

/** What no message is without. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  Blob: ['mimeType', 'data'],
  FileData: ['mimeType', 'fileUri'],
  FunctionCall: ['name', 'args'],
  FunctionResponse: ['name', 'response'],
  FunctionResponseBlob: ['mimeType', 'data'],
  FunctionDeclaration: ['name'],
  SafetySetting: ['category', 'threshold'],
};

/** The messages of a request as a JSON Schema. A schema within it is any object: it has a walk of its own. */
export const geminiSchema = (): Schema => ({
  $ref: '#/$defs/GenerateContentRequest',
  $defs: Object.fromEntries(
    Object.entries(geminiContract.messages).map(([name, fields]) => [
      name,
      name === 'Schema'
        ? { type: 'object' }
        : {
            type: 'object',
            properties: Object.fromEntries(
              Object.entries(fields).map(([field, told]) => [field, fieldSchema(told)]),
            ),
            required: REQUIRED[name] ?? [],
          },
    ]),
  ),
});

const fieldSchema = (field: Field): Schema => {
  const one = oneSchema(field);
  return field.list === true ? { type: 'array', items: one } : one;
};

const oneSchema = ({ kind, of = '' }: Field): Schema => {
  switch (kind) {
    case 'message':
      return of in geminiContract.messages ? { $ref: `#/$defs/${of}` } : { type: 'object' };
    case 'enum':
      return { enum: geminiContract.enums[of] ?? [] };
    case 'bytes':
    case 'string':
      return { type: 'string' };
    case 'bool':
      return { type: 'boolean' };
    case 'int32':
    case 'int64':
      return { type: 'integer' };
    case 'number':
      return { type: 'number' };
    case 'map':
      return { type: 'object' };
  }
};
