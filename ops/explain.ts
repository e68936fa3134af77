import * as z from 'zod';
import { AppError } from '../lambdas/shared/app-error.ts';
import { messageOf } from '../local/message-of.ts';
import { OpsError } from './ops-error.ts';

const SIGN_IN =
  'sign in (`aws sso login`, AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)';

/** Errors of the AWS SDK that somebody cures before the command, by their names. */
const BY_NAME: Readonly<Record<string, string>> = {
  CredentialsProviderError: `There are no AWS credentials here: ${SIGN_IN}. \`aws sts get-caller-identity\` must answer.`,
  ExpiredTokenException: `The AWS credentials have expired: ${SIGN_IN} again.`,
  ExpiredToken: `The AWS credentials have expired: ${SIGN_IN} again.`,
  TokenProviderError: `The AWS session has ended: ${SIGN_IN} again.`,
  UnrecognizedClientException: `AWS does not know these credentials: ${SIGN_IN}.`,
  InvalidClientTokenId: `AWS does not know these credentials: ${SIGN_IN}.`,
  SignatureDoesNotMatch: `AWS refuses the signature of these credentials: check the secret key, and the clock of this machine.`,
};

const NO_REGION = 'No AWS region is set: say --region eu-central-1, or set AWS_REGION.';

/** What the operator reads of a command that could not do its work. */
export const explain = (error: unknown): string => {
  if (error instanceof OpsError) return error.message;
  if (error instanceof AppError) return error.internal ?? error.publicMessage;
  if (error instanceof z.ZodError) return z.prettifyError(error);
  if (!(error instanceof Error)) return String(error);
  if (error.message === 'Region is missing') return NO_REGION;
  const known = BY_NAME[error.name];
  if (known !== undefined) return known;
  if (/AccessDenied/.test(error.name))
    return `These AWS credentials may not do that: ${messageOf(error)}`;
  return error.name === 'Error' ? messageOf(error) : `${error.name}: ${messageOf(error)}`;
};
