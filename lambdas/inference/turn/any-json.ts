import * as z from 'zod';
import type { Json } from './turn.ts';

/** A value of a body that was parsed from JSON: it needs no second look, and has one name in the contract. */
export const anyJson: z.ZodType<Json> = z.any().meta({ id: 'Json', description: 'Any JSON value' });
