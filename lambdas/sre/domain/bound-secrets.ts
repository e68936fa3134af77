import { webOrigin } from '../../shared/web-origin.ts';

type Secrets = Readonly<Record<string, string>>;
type HostsFor = (name: string) => readonly string[];

/** In no name of a secret. */
const MARK = '@';
const BETWEEN = ' ';

/** Scheme, name and port of the addresses among these texts, each once. */
export const hostsOf = (texts: Iterable<string>): readonly string[] =>
  [...new Set([...texts].flatMap((text) => webOrigin(text) ?? []))].toSorted();

/** What is stored: each secret, and beside it the hosts that it was given for; '' where it goes nowhere but to its vendor. */
export const boundSecrets = (secrets: Secrets, hostsFor: HostsFor): Secrets =>
  Object.fromEntries(
    Object.entries(secrets).flatMap(([name, value]) => [
      [name, value],
      [MARK + name, hostsFor(name).join(BETWEEN)],
    ]),
  );

/**
 * Of what is stored the secrets that may be used for these hosts: who may change an address may not read what was given
 * for another one. Those without a mark were stored before there were any, and are for `unmarkedHosts`; null: for all.
 */
export const secretsFor = (
  stored: Secrets,
  hostsFor: HostsFor,
  unmarkedHosts: HostsFor | null = null,
): Secrets =>
  Object.fromEntries(
    Object.entries(stored).filter(([name]) => {
      if (name.startsWith(MARK)) return false;
      const given = stored[MARK + name]?.split(BETWEEN) ?? unmarkedHosts?.(name);
      return given === undefined || hostsFor(name).every((host) => given.includes(host));
    }),
  );

/**
 * Those of its secrets that something has still when it goes to other hosts. What is stored and not listed is of a change
 * that ended halfway: nobody was shown what was minted then.
 */
export const keptSecrets = (
  stored: Secrets,
  listed: readonly string[],
  { before, after }: { readonly before: HostsFor; readonly after: HostsFor },
): Secrets =>
  Object.fromEntries(
    Object.entries(secretsFor(stored, after, before)).filter(([name]) => listed.includes(name)),
  );
