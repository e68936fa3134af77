import * as z from 'zod';

/** A policy that deletes an index some days after it was made. */
export const policySchema = z.strictObject({
  policy: z.strictObject({
    description: z.string(),
    default_state: z.literal('kept'),
    states: z.tuple([
      z.strictObject({
        name: z.literal('kept'),
        actions: z.array(z.never()),
        transitions: z.tuple([
          z.strictObject({
            state_name: z.literal('deleted'),
            conditions: z.strictObject({ min_index_age: z.string().regex(/^\d+d$/) }),
          }),
        ]),
      }),
      z.strictObject({
        name: z.literal('deleted'),
        actions: z.tuple([z.strictObject({ delete: z.strictObject({}) })]),
        transitions: z.array(z.never()),
      }),
    ]),
    ism_template: z.tuple([
      z.strictObject({ index_patterns: z.tuple([z.string()]), priority: z.int() }),
    ]),
  }),
});

export const daysOf = ({ policy }: z.infer<typeof policySchema>): number =>
  Number.parseInt(policy.states[0].transitions[0].conditions.min_index_age, 10);
