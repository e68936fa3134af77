import {
  isObject,
  objectOf,
  startStandIn,
  type StandIn,
  type StandInAnswer,
  type StandInRequest,
} from './stand-in.ts';

export const GITHUB_TOKEN = 'github_pat_0123456789abcdef';
/** It may read the repository, and not write its Actions. */
export const GITHUB_READ_TOKEN = 'github_pat_fedcba9876543210';
export const REPOSITORY = 'shop/ops';

const VERSIONS = ['2022-11-28', '2026-03-10'];
/** https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_dispatch */
const INPUTS_MAX = 25;
const INPUT_CHARS_MAX = 65_535;
const REFS = ['main', 'v1'];

/** Workflows by their files: whether they are started by hand, and what they take. */
const WORKFLOWS: Readonly<
  Record<string, { readonly id: number; readonly inputs: readonly string[] | null }>
> = {
  'restart.yml': { id: 7, inputs: ['service', 'environment'] },
  'build.yml': { id: 8, inputs: null },
};
/** The first of them must be given. */
const REQUIRED = 'service';

export interface GithubRun {
  readonly id: number;
  readonly workflow: string;
  readonly ref: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** null: it is queued. */
  readonly end: GithubEnd | null;
}

/** How a run ended, and what its jobs say. */
export interface GithubEnd {
  readonly conclusion: 'success' | 'failure' | 'cancelled' | 'timed_out' | 'skipped';
  readonly jobs?: readonly {
    readonly name: string;
    readonly conclusion: string;
    readonly steps: readonly { readonly name: string; readonly conclusion: string }[];
  }[];
}

export interface GithubStandIn extends StandIn {
  readonly runs: GithubRun[];
  /** All runs that are queued end so. */
  endsAs(end: GithubEnd): void;
  /** Each run fails when it was looked at once. */
  endsByItself(): void;
}

/**
 * GitHub's REST API as far as it starts workflows and shows their runs. `isOld`: an Enterprise Server that does not know `return_run_details`.
 * https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
 * https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run
 */
export const startGithubStandIn = async (isOld = false): Promise<GithubStandIn> => {
  const runs: GithubRun[] = [];
  const endsAs = (end: GithubEnd): void => {
    for (const [place, run] of runs.entries()) if (run.end === null) runs[place] = { ...run, end };
  };
  let [base, isOverWhenSeen] = ['', false];
  const standIn = await startStandIn((request) => {
    const answer = answerOf(request, { base, runs, isOld });
    if (isOverWhenSeen && request.path.includes('/runs/')) endsAs(FAILURE);
    return answer;
  });
  base = standIn.url;
  return {
    ...standIn,
    runs,
    endsAs,
    endsByItself: () => {
      isOverWhenSeen = true;
    },
  };
};

const FAILURE: GithubEnd = {
  conclusion: 'failure',
  jobs: [
    {
      name: 'restart',
      conclusion: 'failure',
      steps: [
        { name: 'Set up job', conclusion: 'success' },
        { name: 'Roll the pods', conclusion: 'failure' },
      ],
    },
  ],
};

interface World {
  readonly base: string;
  readonly runs: GithubRun[];
  readonly isOld: boolean;
}

const wrong = (status: number, message: string): StandInAnswer => ({
  status,
  body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status) },
});

const answerOf = (request: StandInRequest, world: World): StandInAnswer => {
  const { headers, method, path } = request;
  if ((headers['user-agent'] ?? '') === '')
    return wrong(403, 'Request forbidden by administrative rules. Please add a User-Agent header.');
  if (headers.authorization === undefined) return wrong(401, 'Requires authentication');
  const token = /^(?:Bearer|token) (.+)$/i.exec(headers.authorization)?.[1];
  if (token !== GITHUB_TOKEN && token !== GITHUB_READ_TOKEN) return wrong(401, 'Bad credentials');
  const version = headers['x-github-api-version'];
  if (version !== undefined && !VERSIONS.includes(String(version)))
    return wrong(400, `The API version ${String(version)} is not supported.`);
  const repository = `${world.base}/repos/${REPOSITORY}`;
  if (`${method} ${path}` === `GET /repos/${REPOSITORY}`)
    return {
      status: 200,
      body: { id: 1, name: 'ops', full_name: REPOSITORY, url: repository, private: true },
    };
  const ofRun = /^\/repos\/shop\/ops\/actions\/runs\/(\d+)(\/jobs)?$/.exec(path);
  if (method === 'GET' && ofRun !== null) {
    const run = world.runs.find(({ id }) => String(id) === ofRun[1]);
    if (run === undefined) return wrong(404, 'Not Found');
    return ofRun[2] === undefined ? shownRun(run, repository) : shownJobs(run, request, repository);
  }
  const named = /^\/repos\/shop\/ops\/actions\/workflows\/([^/]+)(\/dispatches)?$/.exec(path);
  const file = Object.entries(WORKFLOWS).find(
    ([name, { id }]) => named?.[1] === name || named?.[1] === String(id),
  )?.[0];
  const workflow = WORKFLOWS[file ?? ''];
  if (named === null || file === undefined || workflow === undefined)
    return wrong(404, 'Not Found');
  if (method === 'GET' && named[2] === undefined)
    return {
      status: 200,
      body: {
        id: workflow.id,
        name: file,
        path: `.github/workflows/${file}`,
        state: 'active',
        url: `${repository}/actions/workflows/${workflow.id}`,
      },
    };
  if (method !== 'POST' || named[2] === undefined) return wrong(404, 'Not Found');
  if (token === GITHUB_READ_TOKEN)
    return wrong(403, 'Resource not accessible by personal access token');
  return dispatch(request, file, workflow.inputs, world);
};

const shownRun = ({ id, workflow, ref, end }: GithubRun, repository: string): StandInAnswer => ({
  status: 200,
  body: {
    id,
    name: workflow,
    head_branch: ref,
    path: `.github/workflows/${workflow}@${ref}`,
    event: 'workflow_dispatch',
    status: end === null ? 'queued' : 'completed',
    conclusion: end === null ? null : end.conclusion,
    run_attempt: 1,
    workflow_id: WORKFLOWS[workflow]?.id,
    url: `${repository}/actions/runs/${id}`,
    jobs_url: `${repository}/actions/runs/${id}/jobs`,
    html_url: `https://github.com/${REPOSITORY}/actions/runs/${id}`,
  },
});

const JOBS_A_PAGE_MAX = 100;

const shownJobs = (
  { id, end }: GithubRun,
  { query }: StandInRequest,
  repository: string,
): StandInAnswer => {
  const filter = query.get('filter') ?? 'latest';
  if (filter !== 'latest' && filter !== 'all') return wrong(422, 'Invalid filter');
  const all = (end?.jobs ?? []).map(({ name, conclusion, steps }, place) => ({
    id: id * 10 + place,
    run_id: id,
    run_url: `${repository}/actions/runs/${id}`,
    run_attempt: 1,
    name,
    status: 'completed',
    conclusion,
    steps: steps.map((step, index) => ({ ...step, status: 'completed', number: index + 1 })),
  }));
  const size = Math.min(JOBS_A_PAGE_MAX, Number(query.get('per_page') ?? 30));
  const from = (Number(query.get('page') ?? 1) - 1) * size;
  return { status: 200, body: { total_count: all.length, jobs: all.slice(from, from + size) } };
};

const dispatch = (
  { body, headers }: StandInRequest,
  file: string,
  known: readonly string[] | null,
  { runs, isOld, base }: World,
): StandInAnswer => {
  const sent = jsonOf(body);
  if (!isObject(sent)) return wrong(400, 'Problems parsing JSON');
  const { ref, inputs = {}, return_run_details: wantsRun, ...others } = sent;
  const [odd] = [
    ...Object.keys(others),
    ...(isOld && wantsRun !== undefined ? ['return_run_details'] : []),
  ];
  if (odd !== undefined) return wrong(422, `Invalid request.\n\n"${odd}" is not a permitted key.`);
  if (ref === undefined) return wrong(422, 'Invalid request.\n\n"ref" wasn\'t supplied.');
  if (!isObject(inputs))
    return wrong(422, "Invalid request.\n\nFor 'properties/inputs', it is not an object.");
  if (typeof ref !== 'string' || !REFS.includes(ref))
    return wrong(422, `No ref found for: ${typeof ref === 'string' ? ref : JSON.stringify(ref)}`);
  if (known === null) return wrong(422, "Workflow does not have 'workflow_dispatch' trigger");
  const names = Object.keys(inputs);
  const unexpected = names.filter((name) => !known.includes(name));
  if (unexpected.length > 0)
    return wrong(422, `Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  if (names.length > INPUTS_MAX || JSON.stringify(inputs).length > INPUT_CHARS_MAX)
    return wrong(422, 'inputs are too large.');
  if (inputs[REQUIRED] === undefined)
    return wrong(422, `Required input '${REQUIRED}' not provided`);
  const run = { id: 1_000 + runs.length, workflow: file, ref, inputs, end: null };
  runs.push(run);
  // From version 2026-03-10 on the run is always named.
  if (wantsRun !== true && headers['x-github-api-version'] !== VERSIONS[1]) return { status: 204 };
  return {
    status: 200,
    body: {
      workflow_run_id: run.id,
      run_url: `${base}/repos/${REPOSITORY}/actions/runs/${run.id}`,
      html_url: `https://github.com/${REPOSITORY}/actions/runs/${run.id}`,
    },
  };
};

const jsonOf = (body: string): unknown => {
  try {
    return objectOf(body);
  } catch {
    return null;
  }
};
