import * as z from 'zod';
import { jsonOf } from '../destinations/shared/read-answer.ts';
import type { SendToDestination } from '../ports/destinations.ts';
import type { Plan } from '../runbooks/plan.ts';
import type { Outcome } from '../runbooks/remediation.ts';
import { safeUrl } from '../../shared/clean-text.ts';
import { outcome, outcomeOfFailure, type Shown } from './words.ts';

const runDetails = z.looseObject({
  html_url: z.string(),
  workflow_run_id: z.int().positive().optional(),
});
const refusal = z.looseObject({ message: z.string() });

/**
 * Starts a workflow. GitHub answers before it runs; a run that it names is asked for its end.
 * https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
 */
export const dispatchWorkflow = async (
  { target, headers, body }: Plan,
  {
    send,
    token,
    shown,
  }: {
    readonly send: SendToDestination;
    readonly token: string;
    readonly shown: Shown;
  },
): Promise<Outcome> => {
  if (token === '') return outcome('failed', 'Nothing was sent: the runbook has no github_token.');
  const answer = await send({
    url: target,
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${token}` },
    body,
  });
  if (answer.kind !== 'answered' || answer.status < 200 || answer.status > 299)
    return outcomeOfFailure(answer, (text) => shown(messageOf(text)));
  const { data } = runDetails.safeParse(jsonOf(answer.text));
  const url = safeUrl(data?.html_url ?? pageOf(target));
  return data?.workflow_run_id === undefined
    ? outcome('handed_over', `${TAKEN} It named no run, so that only its page shows the end.`, url)
    : { ...outcome('handed_over', TAKEN, url), follow: String(data.workflow_run_id) };
};

const TAKEN = 'GitHub took it, and runs the workflow in its own time.';

/** What a refusal says. */
export const messageOf = (text: string): string =>
  refusal.safeParse(jsonOf(text)).data?.message ?? text;

/** Where the runs of a workflow are: an Enterprise Server has its API below `/api/v3` of the same host. */
const pageOf = (target: string): string | null => {
  const { origin, pathname } = new URL(target);
  const path =
    /^(?:\/api\/v3)?\/repos\/([^/]+\/[^/]+)\/actions\/workflows\/([^/]+)\/dispatches$/.exec(
      pathname,
    );
  if (path === null) return null;
  const host = origin === 'https://api.github.com' ? 'https://github.com' : origin;
  return `${host}/${path[1]}/actions/workflows/${path[2]}`;
};
