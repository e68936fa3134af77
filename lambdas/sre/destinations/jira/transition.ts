import type * as z from 'zod';
import type { Read } from '../shared/read-answer.ts';
import { issue, nothing, transitions, type JiraTransition } from './answers.ts';
import type { JiraApi } from './api.ts';

/** `open`: whatever is not done. Workflows are everybody's own: only the category of a status means the same everywhere. */
export type Wanted = 'done' | 'indeterminate' | 'open';

type Issue = z.infer<typeof issue>;

/** Workflows may have no single step to where an issue should be. */
const STEPS_MAX = 4;

/** Moves an issue to a status of this category, by whatever steps its workflow has now, and says what it is. */
export const moveTo = async (api: JiraApi, id: string, wanted: Wanted): Promise<Read<Issue>> => {
  const path = `/issue/${encodeURIComponent(id)}`;
  for (let step = 0; ; step++) {
    const read = await api.ask('GET', `${path}?fields=status,labels`, {
      asked: 'change',
      schema: issue,
    });
    if (read.kind === 'not') return read;
    const { status } = read.value.fields;
    if (isIn(status.statusCategory.key, wanted)) return read;
    const offered = await api.ask('GET', `${path}/transitions?expand=transitions.fields`, {
      asked: 'change',
      schema: transitions,
    });
    if (offered.kind === 'not') return offered;
    const transition = chosen(offered.value.transitions, wanted, status.name);
    if (transition === undefined || step === STEPS_MAX) {
      // Nobody need mark in Jira that somebody has it; that it is over, or is not, would be untrue.
      if (wanted === 'indeterminate') return read;
      const reason = `the workflow has no step from ${status.name} to a status that is ${wanted}`;
      return { kind: 'not', attempt: { kind: 'refused', reason, fault: 'request' } };
    }
    const moved = await api.ask('POST', `${path}/transitions`, {
      asked: 'change',
      body: { transition: { id: transition.id }, ...resolutionOf(transition) },
      schema: nothing,
    });
    if (moved.kind === 'not') return moved;
  }
};

const isIn = (category: string, wanted: Wanted): boolean =>
  wanted === 'open' ? category !== 'done' : category === wanted;

const chosen = (
  all: readonly JiraTransition[],
  wanted: Wanted,
  from: string,
): JiraTransition | undefined => {
  const to = (category: string) => all.find((one) => one.to.statusCategory.key === category);
  if (wanted === 'open') return to('new') ?? to('indeterminate');
  if (wanted === 'indeterminate') return to('indeterminate');
  // Not done in one step: onwards to where another step begins.
  return (
    to('done') ??
    all.find(
      ({ to: { name, statusCategory } }) => statusCategory.key === 'indeterminate' && name !== from,
    )
  );
};

/** Some workflows want to know how an issue ended. */
const resolutionOf = ({ fields }: JiraTransition): object => {
  const resolution = fields?.resolution;
  if (resolution?.required !== true) return {};
  const names = (resolution.allowedValues ?? []).map(({ name }) => name);
  const name = names.find((one) => /^(done|fixed|resolved)$/i.test(one)) ?? names[0];
  return name === undefined ? {} : { fields: { resolution: { name } } };
};
