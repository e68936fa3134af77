import type { ActiveTenants, Evaluations } from '../ports/ingest.ts';

/** The smallest step of a schedule is a minute; evaluations of a tenant come this often. */
const DELAYS_SECONDS = [0, 10, 20, 30, 40, 50] as const;

export interface TickDeps {
  readonly tenants: ActiveTenants;
  readonly evaluations: Evaluations;
}

/** Each minute: asks for six evaluations of each tenant that sends. Twice or late, it changes nothing but when. */
export const tick = async ({ tenants, evaluations }: TickDeps): Promise<void> => {
  const active = await tenants.list();
  await evaluations.ask(
    DELAYS_SECONDS.flatMap((delaySeconds) =>
      active.map((tenant) => ({ tenant, delaySeconds, hot: [] })),
    ),
  );
};
