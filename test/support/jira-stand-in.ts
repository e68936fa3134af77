import {
  comment,
  create,
  edit,
  JIRA_PROJECT,
  refused,
  search,
  transition,
  transitionsOf,
  viewOf,
  type Asked,
  type JiraIssue,
  type JiraStatus,
  type World,
} from './jira-issues.ts';
import {
  objectOf,
  startStandIn,
  type StandIn,
  type StandInAnswer,
  type StandInRequest,
} from './stand-in.ts';

/** Who asks with the token. */
export const JIRA_ACCOUNT = '5b10a2844c20165700ede21g';
export const JIRA_EMAIL = 'sluice@example.com';
export const JIRA_TOKEN = 'jira-token-0123456789';

export interface JiraStandIn extends StandIn {
  readonly issues: JiraIssue[];
  /** What a search finds: issues come into it when the test says so. */
  index(): void;
  /** Steps of the workflow, from a status to others. */
  workflow: Readonly<Record<string, readonly JiraStatus[]>>;
  permissions: string[];
  /** Who asks, by the field of its deployment. */
  account: string;
}

/** Jira Cloud (REST v3) or Data Center (v2). */
export const startJiraStandIn = async (
  deployment: 'cloud' | 'data center',
): Promise<JiraStandIn> => {
  const world: World = {
    isCloud: deployment === 'cloud',
    issues: [],
    indexed: [],
    workflow: {
      'To Do': ['In Progress', 'Done'],
      'In Progress': ['To Do', 'Done'],
      Done: ['To Do'],
    },
    permissions: ['BROWSE_PROJECTS', 'CREATE_ISSUES', 'EDIT_ISSUES', 'TRANSITION_ISSUES'],
    account: JIRA_ACCOUNT,
  };
  const standIn = await startStandIn((request) => answerOf(request, world, standIn?.url ?? ''));
  return Object.assign(world, standIn, {
    index: () => {
      world.indexed = world.issues.map(({ id }) => id);
    },
  });
};

const answerOf = (request: StandInRequest, world: World, url: string): StandInAnswer => {
  const versions = world.isCloud
    ? /^\/rest\/api\/(3|latest)(\/.*)$/
    : /^\/rest\/api\/(2|latest)(\/.*)$/;
  const path = versions.exec(request.path)?.[2];
  if (path === undefined) return { status: 404, body: '<html><title>404</title></html>' };
  if (path === '/serverInfo')
    return {
      status: 200,
      body: {
        baseUrl: url,
        versionNumbers: world.isCloud ? [1001, 0, 0] : [10, 3, 0],
        deploymentType: world.isCloud ? 'Cloud' : 'Server',
      },
    };
  const basic = `Basic ${Buffer.from(`${JIRA_EMAIL}:${JIRA_TOKEN}`).toString('base64')}`;
  if (request.headers.authorization !== (world.isCloud ? basic : `Bearer ${JIRA_TOKEN}`))
    return refused(401, 'Client must be authenticated to access this resource.');
  const body = request.body === '' ? {} : objectOf(request.body);
  if (body === null) return refused(400, 'There was an error parsing JSON.');
  return route(`${request.method} ${path}`, { request, body, world, url });
};

const FIELDS = ['summary', 'description', 'labels', 'status'].map((id) => ({
  id,
  name: id,
  clauseNames: [id],
}));

const route = (line: string, asked: Asked): StandInAnswer => {
  const { world, request } = asked;
  const [, id = '', rest = ''] = /^\w+ \/issue\/([^/]+)(\/\w+)?$/.exec(line) ?? [];
  if (line === 'POST /issue') return create(asked);
  if (line === 'GET /field') return { status: 200, body: FIELDS };
  if (line === 'GET /mypermissions') return permissionsOf(asked);
  if (line === 'GET /myself')
    return {
      status: 200,
      body: world.isCloud ? { accountId: world.account } : { name: world.account },
    };
  if (line === `GET /project/${JIRA_PROJECT}`)
    return {
      status: 200,
      body: {
        id: '10000',
        key: JIRA_PROJECT,
        issueTypes: [
          { id: '1', name: 'Task' },
          { id: '2', name: 'Bug' },
        ],
      },
    };
  if (line.endsWith(world.isCloud ? ' /search/jql' : ' /search')) return search(asked);
  if (line.endsWith(' /search'))
    return refused(
      410,
      'The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.',
    );
  if (id === '') return { status: 404, body: '<html><title>404</title></html>' };
  const issue = world.issues.find((one) => one.id === id || one.key === id);
  if (issue === undefined)
    return refused(404, 'Issue does not exist or you do not have permission to see it.');
  switch (`${request.method} ${rest}`) {
    case 'GET ':
      return { status: 200, body: viewOf(issue, asked.url) };
    case 'PUT ':
      return edit(issue, asked);
    case 'GET /transitions':
      return { status: 200, body: { transitions: transitionsOf(issue, world) } };
    case 'POST /transitions':
      return transition(issue, asked);
    case 'POST /comment':
      return comment(issue, asked);
    default:
      return { status: 405, body: '' };
  }
};

const permissionsOf = ({ request, world }: Asked): StandInAnswer => {
  if (request.query.get('projectKey') !== JIRA_PROJECT)
    return refused(404, `No project could be found with key '${request.query.get('projectKey')}'.`);
  const names = (request.query.get('permissions') ?? '').split(',');
  return {
    status: 200,
    body: {
      permissions: Object.fromEntries(
        names.map((name) => [
          name,
          { key: name, havePermission: world.permissions.includes(name) },
        ]),
      ),
    },
  };
};
