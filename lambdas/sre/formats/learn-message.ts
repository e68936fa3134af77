import * as z from 'zod';
import type { LearnRequest } from '../correlate/learn-request.ts';

const message = z.strictObject({ tenant: z.string().min(1), learn_minute: z.number().int() });

/** The body of a message that asks to learn a minute. It goes the way of looks at incidents. */
export const learnText = ({ tenant, minute }: LearnRequest): string =>
  JSON.stringify({ tenant, learn_minute: minute });

/** null: the message asks for something else. */
export const readLearn = (text: string): LearnRequest | null => {
  const { data } = message.safeParse(JSON.parse(text));
  return data === undefined ? null : { tenant: data.tenant, minute: data.learn_minute };
};
