import ipaddr from 'ipaddr.js';

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an address is one of the open internet: not of a private, local, reserved or translated range.
 * https://www.iana.org/assignments/iana-ipv4-special-registry and .../iana-ipv6-special-registry
 */
export const isPublicAddress = (address: string): boolean => {
  if (!ipaddr.isValid(address)) return false;
  // An IPv4 address inside an IPv6 one (::ffff:10.0.0.1) is judged as itself.
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_UNICAST);
};

export const isLoopbackAddress = (address: string): boolean =>
  ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';

/** `hostname` of a URL, an IPv6 address without its brackets, a name without the dot of the root. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|[\].]$/g, '');

/** This machine by its usual names: reached on a laptop alone. */
export const isLoopbackHost = (host: string): boolean => LOOPBACK_HOSTS.has(host);

/** Why a URL may not be called, before its name is resolved; null: it may be tried. */
export const urlProblem = (text: string, isLoopbackAllowed: boolean): string | null => {
  const url = URL.parse(text);
  if (url === null) return 'is not a URL';
  const host = hostOf(url);
  const isLocal = isLoopbackAllowed && isLoopbackHost(host);
  if (url.protocol !== 'https:' && !(isLocal && url.protocol === 'http:'))
    return 'must be https (http only for localhost, where Sluice runs on a laptop)';
  if (url.username !== '' || url.password !== '') return 'must not carry a user or password';
  if (ipaddr.isValid(host) && !isLocal && !isPublicAddress(host)) return 'must be a public address';
  if (isLoopbackHost(host) && !isLocal) return 'must be a public address';
  // https://www.rfc-editor.org/rfc/rfc6761#section-6.3
  if (host.endsWith('.localhost')) return 'must be a public address';
  return null;
};
