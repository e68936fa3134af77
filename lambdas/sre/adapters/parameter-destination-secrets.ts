import * as z from 'zod';
import type { SecretParameters } from '../../platform/parameters.ts';
import type { DestinationSecrets } from '../ports/destinations.ts';

const secrets = z.record(z.string(), z.string());

/** `<prefix>/<destination>`: one encrypted parameter a destination, which costs nothing while nobody reads it. */
export const parameterDestinationSecrets = ({
  parameters,
  prefix,
}: {
  readonly parameters: SecretParameters;
  readonly prefix: string;
}): DestinationSecrets => ({
  read: async (id) => {
    const text = await parameters.get(`${prefix}/${id}`);
    return text === null ? {} : secrets.parse(JSON.parse(text));
  },
  write: async (id, given) => await parameters.put(`${prefix}/${id}`, JSON.stringify(given)),
  remove: async (id) => await parameters.remove(`${prefix}/${id}`),
});
