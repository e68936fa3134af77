import { InvokeStore } from '@aws/lambda-invoke-store';

/** Ids that every line of one invocation carries: request_id, key_id, project_id. Never content, never a secret. */
export type InvocationFacts = Readonly<Record<string, string>>;

const FACTS = 'sluice.facts';
/** One function instance may serve invocations side by side, so what belongs to one is never in a module. */
const store = await InvokeStore.getInstanceAsync(true);

/** Runs the work of one invocation; what it logs carries the facts. */
export const inInvocation = <T>(facts: InvocationFacts, work: () => T): T => {
  if (!store.hasContext()) return store.run({ [FACTS]: facts }, work);
  store.set(FACTS, facts);
  return work();
};

/** Adds what became known on the way. */
export const note = (facts: InvocationFacts): void => {
  if (store.hasContext()) store.set(FACTS, { ...invocationFacts(), ...facts });
};

export const invocationFacts = (): InvocationFacts => store.get<InvocationFacts>(FACTS) ?? {};
