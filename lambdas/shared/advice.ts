import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

/** The words of what is refused: read with the first refusal, for those who are refused nothing need none. */
export const advice = (): typeof import('#beside/advice') => load('#beside/advice');
