import * as z from 'zod';

/** A field that asks for nothing is taken, whatever it is called; one that asks for something is refused with the reason. */
export const refusedField = (reason: string) => z.null({ error: reason }).optional();
