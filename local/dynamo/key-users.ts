import * as z from 'zod';
import { dynamoCall } from './engine-call.ts';

const KNOWN_MAX = 1_000;
const answer = z.object({
  Item: z.object({
    name: z.object({ S: z.string() }),
    user_id: z.object({ S: z.string().optional() }),
  }),
});

/** Who holds a key, for a line on the terminal: read once, whoever the key is given to later. */
export class KeyUsers {
  /** Null until the tables are there. */
  table: { readonly endpoint: string; readonly name: string } | null = null;
  private readonly known = new Map<string, string>();

  /** The key's end user, else its name. Throws when the key cannot be read. */
  async of(keyId: string): Promise<string | null> {
    const known = this.known.get(keyId);
    if (known !== undefined || this.table === null) return known ?? null;
    const { endpoint, name: TableName } = this.table;
    const Key = { pk: { S: `KEY#${keyId}` }, sk: { S: 'PROFILE' } };
    const { Item } = answer.parse(await dynamoCall(endpoint, 'GetItem', { TableName, Key }));
    const user = Item.user_id.S ?? Item.name.S;
    if (this.known.size >= KNOWN_MAX) this.known.clear();
    this.known.set(keyId, user);
    return user;
  }
}
