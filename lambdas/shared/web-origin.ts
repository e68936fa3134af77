/**
 * Scheme, name and port of an address of the web: what a secret that goes there is bound to. null: it is no such address. One
 * with blanks around or breaks inside is one: whoever calls it leaves them out.
 */
export const webOrigin = (text: string): string | null => {
  const url = URL.parse(text);
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.origin : null;
};
