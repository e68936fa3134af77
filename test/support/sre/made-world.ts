import type { Source } from '../../../lambdas/sre/domain/log-record.ts';
import type { Span } from '../../../lambdas/sre/domain/span.ts';
import type { Seeded } from '../../simulation/seeded.ts';
import { Timeline } from './timeline.ts';
import { ENTRIES, likeOf, OPERATIONS, serviceOf, type Fault, type Step } from './made-topology.ts';

type FaultAt = Fault & { readonly atMs: number };

/** Why a call failed, as its caller hears it. */
type Failure = 'refused' | 'failed' | 'late' | 'nonsense';
type Done = (failure: Failure | null) => void;

const A_SECOND = 4;
const TIMEOUT_MS = 2_000;
const RESTART_MS = 5_000;
/** Of usual days too. */
const FAILING_SHARE = 0.003;
const PAUSED_SHARE = 0.005;
const PAUSE_MS = 60;
const DATABASE_MS = 4;
const OUTSIDE_MS = 60;
const CLIENT = 3;
const SERVER = 2;
const PRODUCER = 4;
const CONSUMER = 5;
const STEPS = 1 << 30;

interface Parent {
  readonly traceId: string;
  readonly spanId: string | null;
}

/** Events in the order of their time. Workers are taken in turn, so what is slow makes others wait as it does in life. */
export class MadeWorld {
  private readonly random: Seeded;
  private readonly fault: FaultAt | null;
  private readonly spans: Span[] = [];
  private readonly sources = new Map<string, Source>();
  private readonly busy = new Map<string, number>();
  private readonly waiting = new Map<string, (() => void)[]>();
  private readonly timeline = new Timeline();
  private nowMs = 0;
  private ids = 0;

  constructor(random: Seeded, fault: FaultAt | null) {
    this.random = random;
    this.fault = fault;
  }

  run(fromMs: number, toMs: number): readonly Span[] {
    this.nowMs = fromMs;
    this.arrive(toMs);
    for (
      let next = this.timeline.next();
      next !== undefined && next.ms < toMs;
      next = this.timeline.next()
    ) {
      this.nowMs = next.ms;
      next.act();
    }
    return this.spans;
  }

  private arrive(toMs: number): void {
    const waitMs = (-Math.log((this.random.below(STEPS) + 0.5) / STEPS) * 1_000) / A_SECOND;
    this.after(waitMs, () => {
      if (this.nowMs >= toMs) return;
      let left = this.random.below(STEPS) / STEPS;
      const entry = ENTRIES.find(({ share }) => (left -= share) < 0) ?? ENTRIES[0];
      this.serve(entry.operation, { traceId: this.id(32), spanId: null }, SERVER, () => undefined);
      this.arrive(toMs);
    });
  }

  /** A call as its service sees it. */
  private serve(operation: string, parent: Parent, kind: number, done: Done): void {
    const service = serviceOf(operation);
    if (this.isDown(service)) {
      // What is published waits for its consumer, and is lost to us.
      this.after(0.5, () => done('refused'));
      return;
    }
    const wayMs = 0.2 + this.about(0.3) + this.part('network', service) * 250;
    this.after(wayMs, () => {
      const cameMs = this.nowMs;
      this.take(service, () => {
        const startMs = likeOf(service).isThreaded ? this.nowMs : cameMs;
        const span = { traceId: parent.traceId, spanId: this.id(16) };
        this.work(operation, span, (failure, exceptionType) => {
          const { speaks } = likeOf(service);
          const isFailed = failure !== null;
          const name =
            speaks === 'rpc' ? `shop.${operation}` : `POST /${operation.replace('.', '/')}`;
          this.note({
            ...span,
            parentSpanId: parent.spanId,
            source: this.sourceOf(service),
            name: kind === CONSUMER ? `process ${operation}` : name,
            kind,
            startMs,
            isError: isFailed && speaks === 'rpc',
            statusText: isFailed && speaks === 'rpc' ? 'INTERNAL' : '',
            exceptionType,
            http:
              speaks === 'rpc' || kind === CONSUMER
                ? null
                : {
                    status: isFailed ? 500 : 200,
                    method: 'POST',
                    route: `/${operation}`,
                    durationMs: null,
                  },
          });
          this.free(service);
          this.after(wayMs, () => done(failure));
        });
      });
    });
  }

  private work(
    operation: string,
    span: { readonly traceId: string; readonly spanId: string },
    end: (failure: Failure | null, exceptionType: string | null) => void,
  ): void {
    const service = serviceOf(operation);
    const { ms, steps } = OPERATIONS[operation] ?? { ms: 1, steps: [] };
    const ownMs = this.ownMs(service, ms);
    const group = (index: number): void => {
      const at = steps[index];
      if (at === undefined) {
        this.after(ownMs * 0.4, () => end(null, null));
        return;
      }
      let left = at.length;
      let failure: Failure | null = null;
      for (const step of at)
        this.step(service, step, span, (failed) => {
          const isMissed = 'optional' in step && step.optional;
          if (failed !== null && !isMissed) failure = failed;
          left -= 1;
          if (left > 0) return;
          if (failure === null) group(index + 1);
          else end('failed', failure === 'nonsense' ? 'ParseError' : null);
        });
    };
    this.after(ownMs * 0.6, () => {
      const isBad = this.random.chance(FAILING_SHARE);
      if (isBad || this.random.chance(this.part('exception', service) * 0.7)) {
        end('failed', 'IllegalStateException');
        return;
      }
      // It answers well, and what it answers is of no use.
      if (this.random.chance(this.part('wrong answer', service) * 0.8)) end('nonsense', null);
      else group(0);
    });
  }

  private step(service: string, step: Step, span: Parent, done: Done): void {
    const startMs = this.nowMs;
    const spanId = this.id(16);
    const parent = { traceId: span.traceId, spanId };
    const client = (name: string, peer: string, failure: Failure | null, kind = CLIENT): void =>
      this.note({
        ...parent,
        parentSpanId: span.spanId,
        source: this.sourceOf(service),
        name,
        kind,
        startMs,
        isError: failure === 'refused' || failure === 'late' || failure === 'failed',
        statusText: failure === 'late' ? 'deadline exceeded' : '',
        exceptionType: failure === 'refused' ? 'ConnectException' : null,
        http: null,
        attributes: { 'server.address': peer },
      });
    if ('publish' in step) {
      this.after(1, () => {
        client('send orders', 'orders-queue', null, PRODUCER);
        for (const operation of step.publish)
          this.after(20 + this.about(20), () =>
            this.serve(operation, parent, CONSUMER, () => undefined),
          );
        done(null);
      });
      return;
    }
    if ('to' in step) {
      const heard = once((failure: Failure | null) => {
        client('POST', serviceOf(step.to), failure);
        done(failure);
      });
      this.after(TIMEOUT_MS, () => heard('late'));
      this.serve(step.to, parent, SERVER, heard);
      return;
    }
    const isDatabase = 'database' in step;
    const peer = isDatabase ? step.database : step.outside;
    const slow = this.part(isDatabase ? 'slow database' : 'slow outside', service);
    const ms = this.about(isDatabase ? DATABASE_MS : OUTSIDE_MS) * (1 + 30 * slow);
    const isLate = ms > TIMEOUT_MS || (!isDatabase && this.random.chance(FAILING_SHARE));
    this.after(Math.min(ms, TIMEOUT_MS), () => {
      client(isDatabase ? 'SELECT' : 'GET', peer, isLate ? 'late' : null);
      done(isLate ? 'late' : null);
    });
  }

  private ownMs(service: string, ms: number): number {
    // A collector of garbage, a neighbour, a cold cache.
    const own = this.about(ms) + (this.random.chance(PAUSED_SHARE) ? this.about(PAUSE_MS) : 0);
    const slow = this.part('slow', service);
    const late = this.part('slow consumer', service);
    const waits = this.part('few workers', service);
    return own * (1 + 5 * slow + 5 * late) + 80 * slow + 900 * late + 150 * waits;
  }

  /** How much of a fault there is at a service now: 0 to 1. */
  private part(kind: Fault['kind'], service: string): number {
    const { fault } = this;
    return fault?.kind === kind && fault.service === service && this.nowMs >= fault.atMs
      ? fault.strength
      : 0;
  }

  private isDown(service: string): boolean {
    if (this.random.chance(this.part('dead', service))) return true;
    const down = this.part('restarts', service) / 2;
    return (this.nowMs / RESTART_MS) % 1 < down;
  }

  private take(service: string, act: () => void): void {
    const busy = this.busy.get(service) ?? 0;
    const lost = this.part('few workers', service);
    const workers = Math.max(1, Math.round(likeOf(service).workers * (1 - lost)));
    if (busy < workers) {
      this.busy.set(service, busy + 1);
      act();
      return;
    }
    const waiting = this.waiting.get(service) ?? [];
    this.waiting.set(service, waiting);
    waiting.push(act);
  }

  private free(service: string): void {
    const next = this.waiting.get(service)?.shift();
    if (next === undefined) this.busy.set(service, (this.busy.get(service) ?? 1) - 1);
    else this.after(0, next);
  }

  private note(
    told: Omit<Span, 'durationMs' | 'stack' | 'attributes' | 'resource'> &
      Partial<Pick<Span, 'attributes'>>,
  ): void {
    const durationMs = Math.round((this.nowMs - told.startMs) * 1_000) / 1_000;
    this.spans.push({ stack: null, attributes: {}, resource: {}, ...told, durationMs });
  }

  private sourceOf(service: string): Source {
    const known = this.sources.get(service);
    const source = known ?? { environment: 'production', namespace: 'travel', service };
    this.sources.set(service, source);
    return source;
  }

  /** Around a median, with a long tail as times have. */
  private about(ms: number): number {
    const [left, right] = [1, 2].map(() => (this.random.below(STEPS) + 0.5) / STEPS);
    const normal = Math.sqrt(-2 * Math.log(left ?? 0.5)) * Math.cos(2 * Math.PI * (right ?? 0.5));
    return ms * Math.exp(0.4 * normal);
  }

  /** Its first digits are evenly spread: samplers go by them. */
  private id(digits: number): string {
    this.ids += 1;
    const first = this.random
      .below(1 << 24)
      .toString(16)
      .padStart(6, '0');
    return first + this.ids.toString(16).padStart(digits - 6, '0');
  }

  private after(ms: number, act: () => void): void {
    this.timeline.add(this.nowMs + ms, act);
  }
}

const once = <T>(act: (value: T) => void): ((value: T) => void) => {
  let isDone = false;
  return (value) => {
    if (isDone) return;
    isDone = true;
    act(value);
  };
};
