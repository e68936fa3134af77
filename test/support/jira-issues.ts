import { adfProblem } from './jira-adf.ts';
import { isObject, type StandInAnswer, type StandInRequest } from './stand-in.ts';

export const JIRA_PROJECT = 'OPS';

const SUMMARY_CHARS_MAX = 255;
const TEXT_CHARS_MAX = 32_767;

export interface JiraIssue {
  readonly id: string;
  key: string;
  fields: Record<string, unknown>;
  status: JiraStatus;
  resolution: string | null;
  comments: unknown[];
}

const STATUSES = {
  'To Do': 'new',
  'In Progress': 'indeterminate',
  Done: 'done',
} as const;
export type JiraStatus = keyof typeof STATUSES;

export interface World {
  readonly isCloud: boolean;
  readonly issues: JiraIssue[];
  indexed: readonly string[];
  workflow: Readonly<Record<string, readonly JiraStatus[]>>;
  permissions: string[];
  account: string;
}

export const refused = (
  status: number,
  message: string,
  errors: Record<string, string> = {},
): StandInAnswer => ({
  status,
  body: { errorMessages: message === '' ? [] : [message], errors },
});

export interface Asked {
  readonly request: StandInRequest;
  readonly body: Record<string, unknown>;
  readonly world: World;
  readonly url: string;
}

const KNOWN = ['project', 'issuetype', 'summary', 'description', 'labels'];

const fieldProblems = (
  fields: Record<string, unknown>,
  { isCloud }: World,
): Record<string, string> => {
  const problems: Record<string, string> = {};
  for (const name of Object.keys(fields))
    if (!KNOWN.includes(name))
      problems[name] =
        `Field '${name}' cannot be set. It is not on the appropriate screen, or unknown.`;
  const { summary, description, labels } = fields;
  if (typeof summary === 'string' && summary.length >= SUMMARY_CHARS_MAX)
    problems['summary'] = 'Summary must be less than 255 characters.';
  if (typeof summary === 'string' && /[\r\n]/.test(summary))
    problems['summary'] = 'The summary is invalid because it contains newline characters.';
  const text = description === undefined ? null : textProblem(description, isCloud);
  if (text !== null) problems['description'] = text;
  for (const label of Array.isArray(labels) ? labels : [])
    if (/\s/.test(String(label)) || String(label).length > 255)
      problems['labels'] = `The label '${String(label)}' contains spaces which is invalid.`;
  return problems;
};

const textProblem = (value: unknown, isCloud: boolean): string | null => {
  const length = typeof value === 'string' ? value.length : JSON.stringify(value).length;
  if (length > TEXT_CHARS_MAX)
    return 'The entered text is too long. It exceeds the allowed limit of 32,767 characters.';
  if (isCloud) return adfProblem(value);
  return typeof value === 'string' ? null : 'Operation value must be a string';
};

export const create = ({ body, world, url }: Asked): StandInAnswer => {
  const more = Object.keys(body).find((name) => !['fields', 'update', 'properties'].includes(name));
  if (more !== undefined) return refused(400, `Unrecognized field "${more}"`);
  const fields = isObject(body['fields']) ? body['fields'] : {};
  const problems = fieldProblems(fields, world);
  const { project, issuetype, summary } = fields;
  if (!isObject(project) || project['key'] !== JIRA_PROJECT)
    problems['project'] = 'valid project is required';
  else if (!isObject(issuetype) || !['Task', 'Bug'].includes(String(issuetype['name'])))
    problems['issuetype'] = 'Specify a valid issue type';
  if (typeof summary !== 'string' || summary.trim() === '')
    problems['summary'] = 'You must specify a summary of the issue.';
  if (Object.keys(problems).length > 0) return refused(400, '', problems);
  const number = world.issues.length + 1;
  const issue: JiraIssue = {
    id: String(10_000 + number),
    key: `${JIRA_PROJECT}-${number}`,
    fields,
    status: 'To Do',
    resolution: null,
    comments: [],
  };
  world.issues.push(issue);
  return {
    status: 201,
    body: { id: issue.id, key: issue.key, self: `${url}/rest/api/3/issue/${issue.id}` },
  };
};

export const edit = (issue: JiraIssue, { body, world }: Asked): StandInAnswer => {
  const fields = isObject(body['fields']) ? body['fields'] : {};
  const problems = fieldProblems(fields, world);
  if (Object.keys(problems).length > 0) return refused(400, '', problems);
  const update = isObject(body['update']) ? body['update'] : {};
  const [labels] = Array.isArray(update['labels']) ? update['labels'] : [];
  const [added] = Array.isArray(update['comment']) ? update['comment'] : [];
  if (isObject(added) && isObject(added['add'])) {
    const problem = textProblem(added['add']['body'], world.isCloud);
    if (problem !== null) return refused(400, '', { comment: problem });
    issue.comments.push(added['add']['body']);
  }
  issue.fields = {
    ...issue.fields,
    ...fields,
    ...(isObject(labels) && 'set' in labels ? { labels: labels['set'] } : {}),
  };
  return { status: 204 };
};

export const transitionsOf = ({ status }: JiraIssue, { workflow }: World) =>
  (workflow[status] ?? []).map((name) => ({
    id: String(Object.keys(STATUSES).indexOf(name) + 11),
    name: `Move to ${name}`,
    to: { name, statusCategory: { key: STATUSES[name] } },
    fields:
      name === 'Done'
        ? {
            resolution: { required: true, allowedValues: [{ name: "Won't Do" }, { name: 'Done' }] },
          }
        : {},
  }));

export const transition = (issue: JiraIssue, { body, world }: Asked): StandInAnswer => {
  const wanted = isObject(body['transition']) ? String(body['transition']['id']) : '';
  const found = transitionsOf(issue, world).find(({ id }) => id === wanted);
  if (found === undefined)
    return refused(
      400,
      `It seems that you have tried to perform an illegal workflow operation (${wanted}).`,
    );
  const fields = isObject(body['fields']) ? body['fields'] : {};
  const { resolution } = fields;
  if (found.to.name === 'Done' && !isObject(resolution))
    return refused(400, '', { resolution: 'Resolution is required.' });
  issue.status = found.to.name;
  issue.resolution = isObject(resolution) ? String(resolution['name']) : null;
  return { status: 204 };
};

export const comment = (issue: JiraIssue, { body, world }: Asked): StandInAnswer => {
  const problem = textProblem(body['body'], world.isCloud);
  if (problem !== null) return refused(400, '', { comment: problem });
  issue.comments.push(body['body']);
  return { status: 201, body: { id: String(issue.comments.length), body: body['body'] } };
};

export const search = ({ request, body, world, url }: Asked): StandInAnswer => {
  const jql = typeof body['jql'] === 'string' ? body['jql'] : (request.query.get('jql') ?? '');
  const label = /labels\s*=\s*"?([\w.-]+)"?/i.exec(jql)?.[1];
  if (label === undefined)
    return refused(
      400,
      'Unbounded JQL queries are not allowed here. Please add a search restriction to your query.',
    );
  const issues = world.issues.filter(({ id, fields }) => {
    const { labels } = fields;
    return world.indexed.includes(id) && Array.isArray(labels) && labels.includes(label);
  });
  const page = issues.map((issue) => viewOf(issue, url));
  return {
    status: 200,
    body: world.isCloud
      ? { issues: page, isLast: true }
      : { startAt: 0, maxResults: 50, total: page.length, issues: page },
  };
};

export const viewOf = (issue: JiraIssue, url: string): object => ({
  id: issue.id,
  key: issue.key,
  self: `${url}/rest/api/latest/issue/${issue.id}`,
  fields: {
    ...issue.fields,
    status: { name: issue.status, statusCategory: { key: STATUSES[issue.status] } },
    resolution: issue.resolution === null ? null : { name: issue.resolution },
  },
});
