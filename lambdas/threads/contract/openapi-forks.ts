import { answers, CALL_ERRORS, json } from '../../http/openapi-parts.ts';
import { copyingSchema, threadSchema } from '../dialects/native/formats/native-schemas.ts';
import { FORK } from './openapi-examples.ts';

const { responses } = answers(
  '201',
  'A new thread with the history up to seq',
  json(threadSchema, FORK),
  {
    ...CALL_ERRORS,
    '409': 'The request id was used with another body, or an answer up to seq is not over',
  },
);

/** A long history is copied after the answer: the same request says when it is whole. */
export const FORK_ANSWERS = {
  responses: {
    ...responses,
    '202': {
      description: 'The fork is being copied; it is there, and a 201 here, when it is whole',
      ...json(copyingSchema, { ...FORK, status: 'copying', request_id: 'made-by-the-client' }),
    },
  },
};
