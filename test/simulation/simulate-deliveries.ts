import { tableHealthBook } from '../../lambdas/sre/adapters/table-health-book.ts';
import { AppError } from '../../lambdas/shared/app-error.ts';
import type { Incident } from '../../lambdas/sre/incidents/incident.ts';
import type { DeliveryTask } from '../../lambdas/sre/tickets/delivery.ts';
import { deliverTicket } from '../../lambdas/sre/usecases/deliver-ticket.ts';
import { fileTickets } from '../../lambdas/sre/usecases/file-tickets.ts';
import { destinationOf, incidentOf, ticketOfIncident, TENANT } from '../support/sre/delivered.ts';
import { must } from './scheduler.ts';
import { seeded, type Seeded } from './seeded.ts';
import { SimulatedDesk, type DeskKind } from './simulated-desk.ts';
import { newActor, VirtualTime, type Actor } from './virtual-time.ts';
import { WorkerWeather, type DeliveryMutation } from './worker-weather.ts';

const START_MS = 1_790_000_000_000;
const BUSY_MS = 2 * 3_600_000;
const CALM_MS = 3 * 3_600_000;
const WORKER_MS = 60_000;
const VISIBLE_AGAIN_MS = 90_000;
const KINDS: readonly DeskKind[] = ['keyed', 'searched', 'lagging'];

/**
 * One seeded run: an incident changes, is resolved and reopened while its destinations are down, lose answers, limit and
 * refuse; messages come late and twice; workers race, stand still beyond their leases, and die at any await. Throws when
 * a destination does not hold exactly one ticket that shows what the incident is. Answers what it went through.
 */
export const simulateDeliveries = async (
  seed: number,
  mutation: DeliveryMutation | null = null,
): Promise<ReadonlySet<string>> => {
  const world = new World(seed, mutation);
  world.spawn(world.changes());
  for (const desk of world.desks.values()) world.spawn(world.badDays(desk));
  await world.time.run(START_MS + BUSY_MS);
  world.calm();
  await world.time.run(START_MS + BUSY_MS + CALM_MS);
  if (world.failures.length > 0) throw world.failures[0];
  world.check();
  return world.seen;
};

class World {
  readonly seen = new Set<string>();
  readonly failures: unknown[] = [];
  readonly time: VirtualTime;
  readonly desks: ReadonlyMap<string, SimulatedDesk>;
  private readonly random: Seeded;
  private readonly mutation: DeliveryMutation | null;
  private readonly weather: WorkerWeather;
  private readonly destinations = KINDS.map((kind) => destinationOf({ id: `dst_${kind}` }));
  private incident: Incident = incidentOf({ openedMs: START_MS });
  private isCalm = false;
  private attempts = 0;
  private readonly told = new Map<string, number>();
  private changesWhileDown = 0;

  constructor(seed: number, mutation: DeliveryMutation | null) {
    this.random = seeded(seed);
    this.time = new VirtualTime(this.random, START_MS);
    this.mutation = mutation;
    const { random, time, seen } = this;
    this.desks = new Map(
      KINDS.map((kind) => [`dst_${kind}`, new SimulatedDesk(kind, { random, time, seen })]),
    );
    const onStored = (actor: Actor): void => {
      for (const desk of this.desks.values()) desk.stored(actor);
    };
    this.weather = new WorkerWeather({ random, time, seen, onStored }, mutation);
  }

  spawn(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      // What storage refused is delivered again by the queue.
      if (!(error instanceof AppError)) this.failures.push(error);
    });
  }

  calm(): void {
    this.isCalm = true;
    this.weather.isCalm = true;
    for (const desk of this.desks.values()) {
      desk.isCalm = true;
      desk.isDown = false;
      desk.losesCredentials = false;
    }
  }

  /** The life of the incident: each change is told at least once. */
  async changes(): Promise<void> {
    const clock = newActor('incidents');
    this.tell();
    const count = 4 + this.random.below(10);
    for (let change = 0; change < count; change++) {
      await this.time.sleep(clock, this.random.below(BUSY_MS / count));
      const { state, revision, generation } = this.incident;
      const next = this.random.pick(['worse', 'acknowledge', 'resolve', 'text'] as const);
      const isReopened = state === 'resolved';
      if (isReopened) this.seen.add('reopened');
      if ([...this.desks.values()].some((desk) => desk.isDown)) this.changesWhileDown++;
      this.incident = {
        ...this.incident,
        revision: revision + 1,
        newsRevision: revision + 1,
        generation: isReopened ? generation + 1 : generation,
        ...(next === 'worse' ? { band: 'critical' as const } : {}),
        state: isReopened ? 'identified' : stateAfter(next, state),
      };
      this.tell();
    }
  }

  async badDays(desk: SimulatedDesk): Promise<void> {
    const clock = newActor('weather');
    if (this.random.chance(0.4)) {
      if (this.random.chance(0.5)) desk.isDown = true;
      await this.time.sleep(clock, this.random.below(BUSY_MS / 3));
      desk.isDown = true;
      this.seen.add('down for an hour');
      await this.time.sleep(clock, 3_600_000);
      desk.isDown = false;
    }
    await this.time.sleep(clock, this.random.below(BUSY_MS / 6));
    if (this.random.chance(0.3) && !this.isCalm) {
      desk.losesCredentials = true;
      await this.time.sleep(clock, 1_800_000);
      desk.losesCredentials = false;
    }
    await this.time.sleep(clock, this.random.below(BUSY_MS / 6));
    if (this.random.chance(0.2) && !this.isCalm) desk.remove();
  }

  private tell(): void {
    const { revision } = this.incident;
    this.spawn(this.file(revision));
    if (this.random.chance(0.2)) {
      this.seen.add('told twice');
      this.spawn(this.file(revision));
    }
  }

  private async file(revision: number): Promise<void> {
    await this.work('file-tickets', this.random.below(3_000), async (actor) => {
      const tables = this.weather.unreliable(actor);
      await fileTickets(
        {
          incidents: { get: async () => await this.read(actor) },
          destinations: { list: async () => this.destinations },
          deliveries: this.weather.store(tables),
          ownersOf: async () => [],
          queue: { send: async (tasks, afterMs) => await this.send(actor, tasks, afterMs) },
          clock: this.clockOf(actor),
        },
        { tenant: TENANT, incidentId: this.incident.id, revision },
      );
    });
  }

  private async send(actor: Actor, tasks: readonly DeliveryTask[], afterMs: number): Promise<void> {
    await this.weather.pass(actor, 'send');
    for (const task of tasks) {
      if (this.mutation === 'no reminder' && task.wakeMs > 0) continue;
      const times = !this.isCalm && this.random.chance(0.1) ? 2 : 1;
      if (times === 2) this.seen.add('message delivered twice');
      for (let time = 0; time < times; time++)
        this.spawn(this.deliver(task, afterMs + this.random.below(2_000)));
    }
    await this.weather.pass(actor, 'send');
  }

  private async deliver(task: DeliveryTask, afterMs: number): Promise<void> {
    await this.work('deliver', afterMs, async (actor) => {
      const tables = this.weather.unreliable(actor);
      const desk = this.desks.get(task.destinationId);
      const destination = this.destinations.find(({ id }) => id === task.destinationId) ?? null;
      must(desk !== undefined, 'a message names a destination that is there');
      await deliverTicket(
        {
          deliveries: this.weather.store(tables),
          destinations: { get: async () => destination },
          health: tableHealthBook({ tables }),
          incidents: { get: async () => await this.read(actor) },
          render: async (incident) => ticketOfIncident(incident),
          wireOf: async () => this.wireOf(desk, actor),
          queue: { send: async (tasks, ms) => await this.send(actor, tasks, ms) },
          polls: { touch: async () => undefined },
          takeEvents: async () => 0,
          news: { note: async (_tenant, _incident, { id }) => this.note(id) },
          clock: this.clockOf(actor),
          metrics: { record: () => undefined },
          report: (_message, error) => this.failures.push(error),
          newAttemptId: () => `attempt-${++this.attempts}`,
          random: () => this.random.below(1_000) / 1_000,
        },
        { task, untilMs: this.time.nowMs + actor.skewMs + WORKER_MS },
      );
    });
  }

  private wireOf(desk: SimulatedDesk | undefined, actor: Actor) {
    const wire = desk?.wire(actor, this.mutation === 'no lag' ? 0 : undefined) ?? null;
    if (wire === null) return null;
    return this.mutation === 'unknown is repeated'
      ? { ...wire, afterUnknown: 'repeat' as const }
      : wire;
  }

  private note(id: string): void {
    const [what, , destination] = id.split('.');
    const name = what === 'credentials' ? `${what}.${destination}` : id;
    this.told.set(name, (this.told.get(name) ?? 0) + 1);
  }

  /** A message: until its worker ends well it comes again. */
  private async work(
    name: string,
    afterMs: number,
    handle: (actor: Actor) => Promise<void>,
  ): Promise<void> {
    await this.time.sleep(newActor('queue'), afterMs);
    for (let receives = 1; receives <= 50; receives++) {
      const actor = { ...newActor(name), skewMs: this.random.below(1_000) - 500 };
      let isWell = false;
      const handled = async (): Promise<void> => {
        await handle(actor);
        isWell = true;
      };
      this.spawn(handled());
      await this.time.sleep(newActor('queue'), VISIBLE_AGAIN_MS);
      if (isWell) return;
      this.seen.add('message delivered again');
    }
  }

  private async read(actor: Actor): Promise<Incident> {
    await this.weather.pass(actor, 'read');
    return this.incident;
  }

  private clockOf(actor: Actor) {
    return { nowMs: () => this.time.nowMs + actor.skewMs };
  }

  check(): void {
    for (const [id, desk] of this.desks) {
      const shown = desk.tickets.filter((one) => !one.isRemoved && !one.isClosedAsExtra);
      const removed = desk.tickets.filter((one) => one.isRemoved).length;
      const isOver = this.incident.state === 'resolved';
      // Nobody hears of a removal until the next change, and what is over needs no new ticket.
      const least = removed > 0 ? 0 : 1;
      must(
        shown.length <= 1 && shown.length >= least,
        `${id} holds ${shown.length} tickets of one incident`,
      );
      const [ticket] = shown;
      if (ticket === undefined) continue;
      must(ticket.revision === this.incident.revision, `${id} shows an old revision`);
      must(ticket.isResolved === isOver, `${id} shows another state`);
    }
    for (const [id, times] of this.told)
      must(!id.startsWith('credentials') || times === 1, `${id} is told ${times} times`);
    if (this.changesWhileDown >= 3) this.seen.add('changed while down');
  }
}

const stateAfter = (
  next: 'worse' | 'acknowledge' | 'resolve' | 'text',
  state: Incident['state'],
): Incident['state'] => {
  if (next === 'resolve') return 'resolved';
  return next === 'acknowledge' ? 'acknowledged' : state;
};
