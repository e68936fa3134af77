import { AppError } from '../../shared/app-error.ts';

/** (400) of a secret that was given for another host, and is neither given again nor removed. */
export const secretOfAnotherHost = (name: string): AppError => {
  const param = `secrets.${name}`;
  return new AppError({
    code: 'invalid_request',
    publicMessage: `${param}: it was given for another host. Give it again, or "" to remove it.`,
    facts: { param },
  });
};
