import type { SecretParameters } from '../../platform/parameters.ts';
import type { NoticeSecrets } from '../ports/notices.ts';

const KEPT_MAX = 200;

/** `<prefix>/<notice>`: one encrypted parameter each. A change of a secret is a change of its notice, so that what is read holds for a revision. */
export const parameterNoticeSecrets = ({
  parameters,
  prefix,
}: {
  readonly parameters: SecretParameters;
  readonly prefix: string;
}): NoticeSecrets => {
  const kept = new Map<string, string>();
  return {
    read: async ({ id, revision }) => {
      const name = `${id}.${revision}`;
      const known = kept.get(name);
      if (known !== undefined) return known;
      const read = (await parameters.get(`${prefix}/${id}`)) ?? '';
      if (kept.size >= KEPT_MAX) kept.clear();
      // What is not there yet is asked for again.
      if (read !== '') kept.set(name, read);
      return read;
    },
    write: async (id, secret) => await parameters.put(`${prefix}/${id}`, secret),
    remove: async (id) => await parameters.remove(`${prefix}/${id}`),
  };
};
