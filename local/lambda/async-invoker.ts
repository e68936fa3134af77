import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { FunctionHost } from './function-host.ts';
import { messageOf } from '../message-of.ts';
import type { Resource } from '../template.ts';
import { eventRecord } from './invocation-record.ts';

/** A function that failed runs again after one minute, then after two. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const RETRY_DELAYS_MS = [60_000, 120_000] as const;
const AGE_MS_MAX = 6 * 3_600_000;

const invocation = z.object({
  functionId: z.string(),
  event: z.unknown(),
  tries: z.number(),
  enqueuedAtMs: z.number(),
});
type Invocation = z.infer<typeof invocation>;

interface Limits {
  readonly retriesMax: number;
  readonly ageMsMax: number;
  /** Bucket of what failed for good; null: it is dropped. */
  readonly failures: string | null;
}

export interface AsyncInvokerDeps {
  readonly functions: ReadonlyMap<string, Pick<FunctionHost, 'invoke'>>;
  /** Where events wait; they outlive the process. */
  readonly folder: string;
  readonly onError: (source: string, error: unknown) => void;
  /** What runs when it aborts is taken up by the next process. */
  readonly signal: AbortSignal;
  readonly retryDelaysMs?: readonly number[];
  /** Absent: nothing that fails is kept. */
  readonly keepFailure?: (bucket: string, name: string, text: string) => Promise<void>;
}

/**
 * Lambda's queue of asynchronous events: an accepted event runs at least once, also when this process is killed
 * and started again; one that fails runs twice more.
 */
export class AsyncInvoker {
  private readonly deps: AsyncInvokerDeps;
  private readonly limits: ReadonlyMap<string, Limits>;
  private readonly accepted = new Map<string, Invocation>();

  constructor(deps: AsyncInvokerDeps, resources: readonly Resource[]) {
    this.deps = deps;
    this.limits = limitsOf(resources);
    mkdirSync(deps.folder, { recursive: true });
  }

  /** Returns when the event is kept. */
  async enqueue(functionId: string, event: unknown): Promise<void> {
    const name = `${randomUUID()}.json`;
    const accepted = { functionId, event, tries: 0, enqueuedAtMs: Date.now() };
    await this.keep(name, accepted);
    this.start(name, accepted);
  }

  /** By function: what was accepted and has not ended yet. */
  waiting(): readonly {
    readonly functionId: string;
    readonly depth: number;
    readonly oldestAtMs: number;
  }[] {
    const byFunction = Map.groupBy(this.accepted.values(), ({ functionId }) => functionId);
    return [...byFunction].map(([functionId, events]) => ({
      functionId,
      depth: events.length,
      oldestAtMs: Math.min(...events.map(({ enqueuedAtMs }) => enqueuedAtMs)),
    }));
  }

  /** Takes up what an earlier process accepted and did not finish. */
  resume(): void {
    const names = readdirSync(this.deps.folder).filter((name) => name.endsWith('.json'));
    for (const name of names) {
      const text = readFileSync(join(this.deps.folder, name), 'utf8');
      this.start(name, invocation.parse(JSON.parse(text)));
    }
  }

  private start(name: string, accepted: Invocation): void {
    this.accepted.set(name, accepted);
    this.run(name, accepted)
      .catch((error: unknown) => this.deps.onError(accepted.functionId, error))
      .finally(() => this.accepted.delete(name));
  }

  private async run(name: string, accepted: Invocation): Promise<void> {
    const { functions, onError, signal } = this.deps;
    const delaysMs = this.deps.retryDelaysMs ?? RETRY_DELAYS_MS;
    const { retriesMax, ageMsMax, failures } = this.limits.get(accepted.functionId) ?? {
      retriesMax: delaysMs.length,
      ageMsMax: AGE_MS_MAX,
      failures: null,
    };
    let tries = accepted.tries;
    let failed = tries > retriesMax ? 'it failed before' : null;
    while (tries <= retriesMax && !signal.aborted) {
      try {
        await functions.get(accepted.functionId)?.invoke(accepted.event);
        failed = null;
        break;
      } catch (error) {
        if (signal.aborted) return;
        failed = messageOf(error);
        onError(accepted.functionId, error);
      }
      tries += 1;
      await this.keep(name, { ...accepted, tries });
      const delayMs = delaysMs[tries - 1] ?? 0;
      if (tries > retriesMax || Date.now() + delayMs > accepted.enqueuedAtMs + ageMsMax) break;
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    }
    if (signal.aborted) return;
    if (failed !== null && failures !== null) {
      const { functionId, event } = accepted;
      const record = { functionId, event, invokeCount: tries, error: failed, atMs: Date.now() };
      const { name: object, text } = eventRecord(record);
      await this.deps.keepFailure?.(failures, object, text);
    }
    await rm(join(this.deps.folder, name), { force: true });
  }

  private async keep(name: string, state: Invocation): Promise<void> {
    const path = join(this.deps.folder, name);
    await writeFile(`${path}.new`, JSON.stringify(state));
    await rename(`${path}.new`, path);
  }
}

const configSchema = z.strictObject({
  FunctionName: z.string(),
  Qualifier: z.literal('$LATEST'),
  MaximumRetryAttempts: z.number().int().max(2).default(2),
  MaximumEventAgeInSeconds: z.number().default(AGE_MS_MAX / 1_000),
  DestinationConfig: z
    .strictObject({ OnFailure: z.strictObject({ Destination: z.string() }) })
    .optional(),
});

const limitsOf = (resources: readonly Resource[]): ReadonlyMap<string, Limits> =>
  new Map(
    resources
      .filter(({ type }) => type === 'AWS::Lambda::EventInvokeConfig')
      .map(({ properties }) => configSchema.parse(properties))
      .map((config) => [
        config.FunctionName,
        {
          retriesMax: config.MaximumRetryAttempts,
          ageMsMax: config.MaximumEventAgeInSeconds * 1_000,
          failures: config.DestinationConfig?.OnFailure.Destination.split(':').at(-1) ?? null,
        },
      ]),
  );
