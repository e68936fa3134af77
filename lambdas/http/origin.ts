const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether a page may be where a request comes from; requests of no page name none. `*` lets any page read what it may
 * ask for with a key of its own, which is no reason to let one reach a server by a name that it gave the address: there
 * pages of this machine alone, unless the stage lists its origins.
 */
export const isOriginKnown = (origins: string, origin: string | undefined): boolean => {
  if (origin === undefined) return true;
  const listed = origins.split(',').map((entry) => entry.trim());
  if (listed.includes(origin)) return true;
  return URL.canParse(origin) && LOOPBACK.has(new URL(origin).hostname);
};
