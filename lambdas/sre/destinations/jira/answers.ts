import * as z from 'zod';

export const created = z.looseObject({ id: z.string().min(1), key: z.string().min(1) });

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-myself: `accountId` of Cloud, `name` of Data Center. */
export const myself = z.looseObject({
  accountId: z.string().nullish(),
  name: z.string().nullish(),
});

/** What PUT and a transition answer: 204 and nothing. */
export const nothing = z.unknown();

const status = z.looseObject({
  name: z.string(),
  statusCategory: z.looseObject({ key: z.string() }),
});

export const issue = z.looseObject({
  id: z.string(),
  key: z.string(),
  fields: z.looseObject({ status, labels: z.array(z.string()).nullish() }),
});

export const transitions = z.looseObject({
  transitions: z.array(
    z.looseObject({
      id: z.string(),
      to: status,
      fields: z
        .looseObject({
          resolution: z
            .looseObject({
              required: z.boolean(),
              allowedValues: z.array(z.looseObject({ name: z.string() })).nullish(),
            })
            .nullish(),
        })
        .nullish(),
    }),
  ),
});
export type JiraTransition = z.infer<typeof transitions>['transitions'][number];

export const search = z.looseObject({
  issues: z.array(
    z.looseObject({
      id: z.string(),
      key: z.string(),
      fields: z.looseObject({ labels: z.array(z.string()).nullish() }).nullish(),
    }),
  ),
});

export const permissions = z.looseObject({
  permissions: z.record(z.string(), z.looseObject({ havePermission: z.boolean() })),
});

export const project = z.looseObject({
  issueTypes: z.array(z.looseObject({ name: z.string() })),
});

const refusal = z.looseObject({
  errorMessages: z.array(z.string()).nullish(),
  errors: z.record(z.string(), z.string()).nullish(),
});

/** What Jira says is wrong, the field first. */
export const jiraWords = (body: unknown): string | null => {
  const { data } = refusal.safeParse(body);
  if (data === undefined) return null;
  const fields = Object.entries(data.errors ?? {}).map(([name, text]) => `${name}: ${text}`);
  return [...(data.errorMessages ?? []), ...fields].join('; ');
};
