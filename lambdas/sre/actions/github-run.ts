import * as z from 'zod';
import { jsonOf } from '../destinations/shared/read-answer.ts';
import type { SendToDestination, WireAnswer } from '../ports/destinations.ts';
import type { Seen } from '../ports/runbooks.ts';
import type { Plan } from '../runbooks/plan.ts';
import type { Outcome } from '../runbooks/remediation.ts';
import { messageOf } from './github-workflow.ts';
import { outcome, outcomeOfFailure, type Shown } from './words.ts';

const run = z.looseObject({ status: z.string(), conclusion: z.string().nullable() });
const part = z.looseObject({ name: z.string(), conclusion: z.string().nullish() });
const jobs = z.looseObject({
  jobs: z.array(part.extend({ steps: z.array(part).optional() })),
});
const WRONG: ReadonlySet<string> = new Set(['failure', 'timed_out', 'cancelled']);
const NAMED_MAX = 3;

interface LookDeps {
  readonly send: SendToDestination;
  readonly token: string;
  readonly shown: Shown;
}

/**
 * How a run is. Nothing but `success` is one: a run that was skipped, or waits for a person, did not do what was asked.
 * https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run
 */
export const lookAtRun = async (plan: Plan, id: string, deps: LookDeps): Promise<Seen> => {
  const url = runUrl(plan.target, id);
  if (url === null || deps.token === '')
    return { kind: 'unheard', why: 'The runbook has no github_token that could ask.' };
  const answer = await get(plan, url, deps);
  const said = outcomeOfFailure(answer, (text) => deps.shown(messageOf(text))).result;
  if (answer.kind !== 'answered' || answer.status !== 200) return { kind: 'unheard', why: said };
  const { data } = run.safeParse(jsonOf(answer.text));
  if (data === undefined) return { kind: 'unheard', why: 'GitHub showed no run.' };
  const { status, conclusion } = data;
  if (status !== 'completed' || conclusion === null) return { kind: 'continues' };
  if (conclusion === 'success') return ended('succeeded', 'The run ended as success.');
  const where = await wrongParts(plan, url, deps);
  return ended(
    conclusion === 'timed_out' ? 'timed_out' : 'failed',
    `The run ended as ${deps.shown(conclusion)}${where === '' ? '.' : `: ${where}`}`,
  );
};

const ended = (state: Outcome['state'], result: string): Seen => ({
  kind: 'ended',
  outcome: outcome(state, result),
});

/** The jobs that went wrong and their first steps that did: a run itself has no words. '': nobody says. */
const wrongParts = async (plan: Plan, url: string, deps: LookDeps): Promise<string> => {
  const answer = await get(plan, `${url}/jobs?filter=latest&per_page=100`, deps);
  if (answer.kind !== 'answered' || answer.status !== 200) return '';
  const { data } = jobs.safeParse(jsonOf(answer.text));
  const wrong = (data?.jobs ?? []).filter(isWrong).slice(0, NAMED_MAX);
  return deps.shown(
    wrong
      .map(({ name, steps }) => {
        const step = steps?.find(isWrong);
        return step === undefined ? name : `${name}, at "${step.name}"`;
      })
      .join('; '),
  );
};

const isWrong = ({ conclusion }: z.infer<typeof part>): boolean => WRONG.has(conclusion ?? '');

const get = async (plan: Plan, url: string, { send, token }: LookDeps): Promise<WireAnswer> => {
  const { 'content-type': _none, ...headers } = plan.headers;
  return await send({
    url,
    method: 'GET',
    headers: { ...headers, authorization: `Bearer ${token}` },
    body: null,
  });
};

/** Below the address that was approved: where GitHub says that the run is, nobody approved. */
const runUrl = (target: string, id: string): string | null => {
  const actions = /^(.+\/actions)\/workflows\/[^/]+\/dispatches$/.exec(target)?.[1];
  return actions === undefined ? null : `${actions}/runs/${encodeURIComponent(id)}`;
};
