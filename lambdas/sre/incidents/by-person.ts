import type { Incident } from './incident.ts';
import { changed, incidentId, withTurn, type Change } from './life.ts';

/** A person says that it is not over: the same incident in its next generation. */
export const reopenAsWas = (incident: Incident, { atMs, by }: ByPerson): Change =>
  changed(
    incident,
    {
      generation: incident.generation + 1,
      ...unseen(incident, atMs),
      turnsMs: withTurn(incident, atMs),
    },
    { atMs, by, kind: 'reopened', text: 'Somebody says that it is not over.' },
    'always',
  );

/** The same too late for that: a new incident that follows it. */
export const openFollowing = (incident: Incident, { atMs, by }: ByPerson): Change => ({
  before: null,
  after: {
    ...incident,
    ...unseen(incident, atMs),
    id: incidentId(incident.tenant, incident.id, atMs),
    revision: 1,
    newsRevision: 1,
    generation: 1,
    openedMs: atMs,
    firstSeenMs: atMs,
    cause: null,
    diagnosis: null,
    apartFrom: [],
    noiseGeneration: null,
    assignee: null,
    follows: incident.id,
    turnsMs: [atMs],
  },
  step: {
    revision: 1,
    atMs,
    by,
    kind: 'opened',
    text: `Somebody says that ${incident.id} is not over.`,
  },
});

interface ByPerson {
  readonly atMs: number;
  readonly by: string;
}

/** As somebody has just seen it, and nobody has it. */
const unseen = ({ lastSeenMs }: Incident, atMs: number) =>
  ({
    state: 'identified',
    resolvedMs: null,
    // It stays for a while though nothing of it is found: see `quietOf`.
    lastSeenMs: Math.max(lastSeenMs, atMs),
    acknowledgedMs: null,
    acknowledgedBy: null,
    snoozedUntilMs: null,
    flappingSinceMs: null,
  }) as const;
