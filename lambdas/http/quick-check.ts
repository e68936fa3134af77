import * as z from 'zod';
import { checked } from './body.ts';

type Fits = (value: unknown) => boolean;

/**
 * `checked` by one schema, for bodies that are long and nearly always right. Such a body is looked at as its schema says, and
 * is itself what comes back: nothing is built. Whatever this look is not sure of, the schema itself reads, so that it refuses
 * what it refuses, in its own words, and changes what it changes.
 */
export const quickCheck = <T>(schema: z.ZodType<T>): ((value: unknown) => T) => {
  const fits = guardOf(schema);
  return (value) => (fits(value) ? value : checked(schema, value));
};

/** Does the schema accept this value, and hand it back as it is? No where nobody can say without it. */
export const guardOf = <T>(schema: z.ZodType<T>): ((value: unknown) => value is T) => {
  const fits = fitsOf(schema);
  return (value): value is T => fits(value);
};

const fitsOf = (schema: z.core.$ZodType): Fits => {
  if (schema instanceof z.ZodArray) return listFits(schema);
  if ((schema._zod.def.checks ?? []).length > 0) return byItself(schema);
  if (schema instanceof z.ZodString) return (value) => typeof value === 'string';
  if (isOptional(schema)) {
    const inner = fitsOf(schema.def.innerType);
    return (value) => value === undefined || inner(value);
  }
  if (schema instanceof z.ZodNullable) {
    const inner = fitsOf(schema.def.innerType);
    return (value) => value === null || inner(value);
  }
  if (schema instanceof z.ZodObject) return objectFits(schema);
  if (schema instanceof z.ZodDiscriminatedUnion) return choiceFits(schema);
  if (schema instanceof z.ZodUnion) {
    // The first that takes a value may take it without some of its members.
    if (schema.def.options.some(leavesOut)) return byItself(schema);
    const options = schema.def.options.map(fitsOf);
    return (value) => options.some((fits) => fits(value));
  }
  if (schema instanceof z.ZodRecord) return recordFits(schema);
  if (schema instanceof z.ZodAny || schema instanceof z.ZodUnknown) return () => true;
  return byItself(schema);
};

/** Nothing stays nothing: no value is put in its place. */
const isOptional = (schema: z.core.$ZodType): schema is z.ZodOptional =>
  schema instanceof z.ZodOptional && byItself(schema)(undefined);

const leavesOut = (schema: z.core.$ZodType): boolean =>
  schema instanceof z.ZodObject && schema.def.catchall === undefined;

/** What the schema says of a value that is no object: of one it makes another. */
const byItself =
  (schema: z.core.$ZodType): Fits =>
  (value) => {
    const read = z.safeParse(schema, value);
    return read.success && read.data === value;
  };

const listFits = ({ def: { element, checks = [] } }: z.ZodArray): Fits => {
  const fits = fitsOf(element);
  // They run as the schema runs them, on the list itself.
  const passes = checks.length === 0 ? null : byItself(new z.ZodAny({ type: 'any', checks }));
  return (value) => {
    if (!Array.isArray(value)) return false;
    for (const item of value) if (!fits(item)) return false;
    return passes?.(value) !== false;
  };
};

/** JSON's own objects alone: a schema may read more of others. */
const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** A name that reading leaves out of an object. */
const LEFT_OUT = '__proto__';

const objectFits = (schema: z.ZodObject): Fits => {
  const { shape, catchall } = schema.def;
  const isLoose = catchall instanceof z.ZodUnknown;
  const members = new Map(
    Object.entries(shape).map(([name, member]) => [
      name,
      { fits: fitsOf(member), isWanted: !isOptional(member) },
    ]),
  );
  const wanted = [...members.values()].filter(({ isWanted }) => isWanted).length;
  return (value) => {
    if (!isPlain(value)) return false;
    let missing = wanted;
    for (const name in value) {
      const member = members.get(name);
      if (member === undefined) {
        if (!isLoose || name === LEFT_OUT) return false;
      } else {
        if (!member.fits(value[name])) return false;
        if (member.isWanted) missing -= 1;
      }
    }
    return missing === 0;
  };
};

const choiceFits = ({ def }: z.ZodDiscriminatedUnion): Fits => {
  const { discriminator, options } = def;
  const byValue = new Map<unknown, Fits>();
  for (const option of options) {
    const fits = fitsOf(option);
    for (const value of option._zod.propValues?.[discriminator] ?? []) byValue.set(value, fits);
  }
  return (value) => isPlain(value) && byValue.get(value[discriminator])?.(value) === true;
};

const recordFits = (schema: z.ZodRecord): Fits => {
  const { keyType, valueType } = schema.def;
  const isOfNames = keyType instanceof z.ZodString && (keyType.def.checks ?? []).length === 0;
  if (!isOfNames) return byItself(schema);
  const fits = fitsOf(valueType);
  return (value) => {
    if (!isPlain(value)) return false;
    for (const name in value) if (name === LEFT_OUT || !fits(value[name])) return false;
    return true;
  };
};
