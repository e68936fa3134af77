import * as z from 'zod';

/** A name of a model or of a route, and the field that has it. */
export interface WrittenName {
  readonly param: string;
  readonly name: string;
}

const warningSchema = z.strictObject({ param: z.string(), message: z.string() });
export type NameWarning = Readonly<z.infer<typeof warningSchema>>;

export const warningsSchema = z
  .array(warningSchema)
  .optional()
  .describe('names that were written and lead nowhere now, with the one that may be meant');

/** Beside what was written; nothing where every name leads somewhere. */
export const warningsView = (
  warnings: readonly NameWarning[],
): { readonly warnings?: readonly NameWarning[] } => (warnings.length === 0 ? {} : { warnings });

/** The names of a list of allowed models. */
export const allowedNames = ({
  allowed_models: names,
}: {
  readonly allowed_models?: readonly string[] | null | undefined;
}): readonly WrittenName[] =>
  names?.map((name, index) => ({ param: `allowed_models.${index}`, name })) ?? [];
