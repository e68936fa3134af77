import { runSeeds } from '../../test/simulation/run-seeds.ts';
import { simulateDeliveries } from '../../test/simulation/simulate-deliveries.ts';
import type { Row, RowGroup } from './group.ts';

const INCIDENT_SEEDS = 10_000;
const DELIVERY_SEEDS = 1_000;
const QUICK_SHARE = 50;

/** Incidents a fault and tickets an incident, over seeds that the tests do not run. A run throws when something is not one. */
export const simulated: RowGroup = {
  name: 'simulated',
  about: 'incidents a fault and tickets an incident in seeded bad days: half an hour',
  rows: async ({ isQuick }) => {
    const share = isQuick ? QUICK_SHARE : 1;
    const [incidents, deliveries] = [INCIDENT_SEEDS / share, DELIVERY_SEEDS / share];
    return [
      {
        what: `incidents a fault; for noise: ${incidents} seeded cascades, four racing correlators and crashes`,
        measured: await incidentsAFault(incidents),
        goal: '1.00; 0',
      },
      {
        what: `tickets an incident and destination: ${deliveries} seeded bad days of three kinds of destination`,
        measured: await ticketsAnIncident(deliveries),
        goal: '1',
      },
    ] satisfies readonly Row[];
  },
};

const FIRST_SEED = 100_001;

const incidentsAFault = async (count: number): Promise<string> =>
  await runSeeds({ simulation: 'incidents', from: FIRST_SEED, count }).then(
    () => '1.00; 0',
    (error: unknown) => String(error),
  );

/** How many runs end with one ticket a destination, and why the others do not. */
const ticketsAnIncident = async (count: number): Promise<string> => {
  const problems = new Map<string, number>();
  for (let seed = FIRST_SEED; seed < FIRST_SEED + count; seed++)
    await simulateDeliveries(seed).catch((error: unknown) => {
      const problem = error instanceof Error ? error.message : String(error);
      problems.set(problem, (problems.get(problem) ?? 0) + 1);
    });
  const failed = [...problems.values()].reduce((sum, times) => sum + times, 0);
  const reasons = [...problems].map(([problem, times]) => `; ${times}: ${problem}`);
  return `1 in ${count - failed} of ${count}${reasons.join('')}`;
};
