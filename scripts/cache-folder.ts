import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where tests keep what they fetched or made for the next run: https://specifications.freedesktop.org/basedir-spec/latest/ */
export const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sluice');
