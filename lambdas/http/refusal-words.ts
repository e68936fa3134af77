import type * as z from 'zod';

/**
 * What the answer says of a refused value: the first field that is wrong, and why. A misspelt field comes first: one that is
 * missing is most likely it.
 */
export const refusalWords = ({
  issues,
}: z.core.$ZodError): { readonly param: string; readonly message: string } => {
  const first = issues.find(isMisspelt) ?? issues[0];
  const issue = first === undefined ? undefined : meant(first);
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const param = [...(issue?.path ?? []), ...unknown].map(String).join('.');
  return {
    param,
    message: `${param === '' ? 'body' : param}: ${issue?.message ?? 'is not valid'}`,
  };
};

const isMisspelt = ({ code, message }: z.core.$ZodIssue): boolean =>
  code === 'unrecognized_keys' && message.includes('did you mean');

/** Where several shapes are allowed: what is wrong with the one that was meant, the one with the least amiss. */
const meant = (issue: z.core.$ZodIssue): z.core.$ZodIssue => {
  if (issue.code !== 'invalid_union') return issue;
  const [inner] = issue.errors
    .filter(([first]) => first !== undefined && !isOtherKind(first))
    .toSorted((left, right) => left.length - right.length)
    .flatMap(([first]) => first ?? []);
  if (inner === undefined) return issue;
  return meant({ ...inner, path: [...issue.path, ...inner.path] });
};

const isOtherKind = ({ code, path }: z.core.$ZodIssue): boolean =>
  code === 'invalid_type' && path.length === 0;
