const NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/** Was this machine asked by its own name? A page of the web can point a name of its own at this address. */
export const isLoopback = (host: string | undefined): boolean =>
  NAMES.includes((host ?? '').replace(/:\d+$/, ''));
