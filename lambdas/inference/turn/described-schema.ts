import type { Json } from './turn.ts';

type Schema = { readonly [name: string]: Json };

/** The schema of an answer, with what it is for: many providers read that there alone. */
export const describedSchema = (
  schema: Schema,
  { description }: { readonly description?: string },
): Schema =>
  description === undefined || schema['description'] !== undefined
    ? schema
    : { ...schema, description };
