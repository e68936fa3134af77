import * as z from 'zod';

const fields = z.record(z.string(), z.unknown());
const sections = z.record(z.string(), z.record(z.string(), z.unknown()));
const part = z.tuple([z.string(), z.unknown()]);

/** A template by its parts: each resource, output and parameter under its path, e.g. `Resources.KeysTable`. */
type Parts = ReadonlyMap<string, unknown>;

/** CDK ends the name of a deployment with a hash of the whole API. */
const DEPLOYMENT = /(ApiDeployment)[0-9a-f]{40}/g;

/** The parts of a template without what changes with every build: hashes of assets and of the API, metadata. */
export const comparable = (synthesized: unknown): Parts => {
  const { Description: _, ...rest } = fields.parse(synthesized);
  const text = JSON.stringify(rest).replaceAll(DEPLOYMENT, '$1');
  return new Map(
    Object.entries(sections.parse(JSON.parse(text))).flatMap(([section, entries]) =>
      Object.entries(entries).map(([name, value]) => [`${section}.${name}`, withoutBuild(value)]),
    ),
  );
};

/** One line a part. */
export const writeParts = (parts: Parts): string =>
  [...parts].map((entry) => `${JSON.stringify(entry)}\n`).join('');

export const readParts = (text: string): Parts =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => part.parse(JSON.parse(line))),
  );

/** The paths at which two templates differ. */
export const differences = (before: Parts, after: Parts): readonly string[] =>
  [...new Set([...before.keys(), ...after.keys()])].flatMap((path) =>
    differing(path, before.get(path), after.get(path)),
  );

const differing = (path: string, before: unknown, after: unknown): readonly string[] => {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const [old, now] = [fieldsOf(before), fieldsOf(after)];
  if (old === null || now === null) return [path];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((name) =>
    differing(`${path}.${name}`, old[name], now[name]),
  );
};

/** Of an object; a list is one value, because what joins it moves the rest. */
const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> | null =>
  Array.isArray(value) ? null : (fields.safeParse(value).data ?? null);

const functionSchema = z.looseObject({
  Properties: z.looseObject({ Code: z.looseObject({ S3Key: z.unknown() }) }),
});

const withoutBuild = (value: unknown): unknown => {
  const { Metadata: _, ...rest } = fields.parse(value);
  const { data } = functionSchema.safeParse(rest);
  if (data === undefined) return rest;
  const { S3Key: __, ...code } = data.Properties.Code;
  return { ...data, Properties: { ...data.Properties, Code: code } };
};
