import { withoutEnd } from '../../../shared/characters.ts';
import * as z from 'zod';
import { approvalsSetting } from '../../tickets/approvals.ts';

const shared = {
  url: z.url({ protocol: /^https?$/ }),
  /** Its key. */
  project: z.string().regex(/^[A-Z][A-Z0-9_]{1,20}$/, 'must be the key of a project, like OPS'),
  issue_type: z.string().min(1).max(60).default('Task'),
  ...approvalsSetting,
};
const webhook = { webhook_secret: z.string().min(1).max(200).optional() };

const settings = z.strictObject(shared).transform(({ url, project, issue_type: issueType }) => ({
  url: withoutEnd(url, '/'),
  project,
  issueType,
}));
export type JiraSettings = z.infer<typeof settings>;

export const jiraSettings = settings;
/** An account of its own, which needs to browse, create, edit and transition issues of the project. */
export const jiraCloudSecrets = z.strictObject({
  email: z
    .string()
    .regex(/^[^\s:]+@[^\s:]+$/, 'must be an e-mail address')
    .max(200),
  api_token: z.string().min(8).max(400),
  ...webhook,
});
export const jiraDataCenterSecrets = z.strictObject({
  /** A personal access token. */
  token: z.string().min(8).max(400),
  ...webhook,
});
