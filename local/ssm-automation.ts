import * as z from 'zod';

/** Status and body. */
export type SsmAnswer = readonly [number, object];

/** Limits of https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartAutomationExecution.html */
const start = z.object({
  DocumentName: z.string().regex(/^[a-zA-Z0-9_\-.:/]{3,128}$/),
  DocumentVersion: z
    .string()
    .regex(/^(?:[$]LATEST|[$]DEFAULT|[1-9]\d*)$/)
    .optional(),
  Parameters: z
    .record(z.string().min(1).max(50), z.array(z.string().min(1).max(512)).max(50))
    .refine((all) => Object.keys(all).length <= 200)
    .optional(),
  ClientToken: z
    .string()
    .regex(/^[a-fA-F0-9]{8}-(?:[a-fA-F0-9]{4}-){3}[a-fA-F0-9]{12}$/)
    .optional(),
  Mode: z.enum(['Auto', 'Interactive']).optional(),
});
export type AutomationStart = z.infer<typeof start>;

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetAutomationExecution.html */
const look = z.object({ AutomationExecutionId: z.string().length(36) });

type Read<Value> = { readonly value: Value } | { readonly refused: SsmAnswer };

/** What is asked to start, or how Systems Manager refuses it. */
export const readStart = (sent: unknown): Read<AutomationStart> => checked(start, sent);

/** Whose state is asked. */
export const readLook = (sent: unknown): Read<string> => {
  const read = checked(look, sent);
  return 'refused' in read ? read : { value: read.value.AutomationExecutionId };
};

const checked = <Schema extends z.ZodType>(
  schema: Schema,
  sent: unknown,
): Read<z.output<Schema>> => {
  const { data, error, success } = schema.safeParse(sent);
  if (success) return { value: data };
  const [first] = error.issues;
  const name = String(first?.path[0] ?? 'the request');
  const at = name.slice(0, 1).toLowerCase() + name.slice(1);
  return {
    refused: ssmError(
      'ValidationException',
      `1 validation error detected: Value at '${at}' failed to satisfy constraint: ${first?.message ?? ''}`,
    ),
  };
};

export const ssmError = (__type: string, message: string): SsmAnswer => [400, { __type, message }];

export const noExecution = (id: string): SsmAnswer =>
  ssmError(
    'AutomationExecutionNotFoundException',
    `Automation execution ${id} was not found: there is no automation execution information for the requested automation execution ID.`,
  );
