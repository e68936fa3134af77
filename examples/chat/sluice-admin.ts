/** Calls Sluice with the admin key, which never leaves this server. */
export type Sluice = (method: string, path: string, body?: object) => Promise<unknown>;

export const sluiceAdmin =
  (baseUrl: string, adminKey: string): Sluice =>
  async (method, path, body) => {
    const answer = await fetch(`${baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return await answer.json();
  };
