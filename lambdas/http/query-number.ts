import * as z from 'zod';

/** A whole number in a query, in digits: what JavaScript reads as a number beside them (`0x10`, `1e1`, nothing) is none. */
export const queryNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,16}$/, 'a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .meta({ override: { type: 'integer', minimum: min, maximum: max } });
