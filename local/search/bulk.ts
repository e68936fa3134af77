import * as z from 'zod';
import { readDocument, RefusedDocument } from './mapping.ts';
import { NotHosted, type Answered } from './answers.ts';
import { daysOf, policySchema } from './policy.ts';
import type { SearchStore } from './search-store.ts';

const actionSchema = z.strictObject({
  create: z.strictObject({ _index: z.string(), _id: z.string() }),
});
const fieldsSchema = z.record(z.string(), z.unknown());
/** https://docs.opensearch.org/2.19/field-types/metadata-fields/id/ */
const NAME_BYTES_MAX = 512;

/** Creates, each with an answer of its own. */
export const bulk = (store: SearchStore, body: string): Answered => {
  const lines = body.split('\n');
  if (lines.pop() !== '') throw new NotHosted('a bulk that does not end with a newline');
  const items = store.atOnce(() =>
    Array.from({ length: lines.length / 2 }, (_, index) =>
      created(store, lines[2 * index] ?? '', lines[2 * index + 1] ?? ''),
    ),
  );
  const errors = items.some(({ create }) => create.status >= 300);
  return [200, { took: 0, errors, items }];
};

const created = (store: SearchStore, action: string, fields: string) => {
  const { _index, _id } = actionSchema.parse(JSON.parse(action)).create;
  const found = store.templateOf(_index);
  if (found === null) throw new NotHosted(`the index ${_index}, which no template is for`);
  const kept = store.policy(found.name);
  const keptDays = kept === null ? null : daysOf(policySchema.parse(JSON.parse(kept)));
  const failed = (status: number, type: string, reason: string) => ({
    create: { _index, _id, status, error: { type, reason } },
  });
  if (Buffer.byteLength(_id) > NAME_BYTES_MAX)
    return failed(400, 'illegal_argument_exception', `id is too long, must be no longer than 512`);
  try {
    const document = readDocument(found.template, fieldsSchema.parse(JSON.parse(fields)));
    const index = { index: _index, template: found.name, keptDays };
    return store.create(index, _id, document)
      ? { create: { _index, _id, _version: 1, result: 'created', status: 201 } }
      : failed(409, 'version_conflict_engine_exception', `[${_id}]: document already exists`);
  } catch (error) {
    if (!(error instanceof RefusedDocument)) throw error;
    return failed(400, 'illegal_argument_exception', error.message);
  }
};
