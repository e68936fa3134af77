import { readFileSync } from 'node:fs';
import * as z from 'zod';

/** Of the release: the package's, which the contract, `/health` and an output of the stack state. */
export const VERSION = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))).version;
