import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { compilePattern, type Matcher } from './event-pattern.ts';
import type { Resource } from '../template.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html and eb-putevent-size.html */
const ENTRIES_MAX = 10;
const ENTRY_BYTES_MAX = 262_144;

export interface BusEvent {
  readonly detailType: string;
  readonly detail: string;
}

interface Rule {
  readonly id: string;
  readonly bus: string;
  readonly matches: Matcher;
  readonly targets: readonly { readonly functionId: string; readonly input: unknown }[];
}

export interface EventBusDeps {
  /** Runs a target as Lambda runs an asynchronous event. */
  readonly enqueue: (functionId: string, event: unknown) => Promise<void>;
  readonly onEvent: (event: BusEvent) => void;
}

const entrySchema = z.strictObject({
  Source: z.string().min(1).optional(),
  DetailType: z.string().min(1).optional(),
  Detail: z.string().optional(),
  EventBusName: z.string().default('default'),
  Resources: z.array(z.string()).default([]),
  Time: z.number().optional(),
});
type Entry = z.infer<typeof entrySchema>;

interface PutResult {
  readonly EventId?: string;
  readonly ErrorCode?: string;
  readonly ErrorMessage?: string;
}

/** The template's buses and rules: what is put on a bus reaches the targets of every rule that matches. */
export class EventBus {
  private readonly buses: ReadonlySet<string>;
  private readonly rules: readonly Rule[];
  private readonly deps: EventBusDeps;

  constructor(resources: readonly Resource[], deps: EventBusDeps) {
    const ids = resources
      .filter(({ type }) => type === 'AWS::Events::EventBus')
      .map(({ id }) => id);
    this.buses = new Set(['default', ...ids]);
    this.rules = rulesOf(resources);
    this.deps = deps;
  }

  /** `PutEvents`; null when the call as a whole is not valid. */
  async put(
    body: unknown,
  ): Promise<{ readonly FailedEntryCount: number; readonly Entries: readonly PutResult[] } | null> {
    const call = z
      .object({ Entries: z.array(entrySchema).min(1).max(ENTRIES_MAX) })
      .safeParse(body);
    if (!call.success) return null;
    const results: PutResult[] = [];
    for (const entry of call.data.Entries) results.push(await this.putEntry(entry));
    const failed = results.filter(({ ErrorCode }) => ErrorCode !== undefined);
    return { FailedEntryCount: failed.length, Entries: results };
  }

  private async putEntry(entry: Entry): Promise<PutResult> {
    const bus = entry.EventBusName.split('/').at(-1) ?? '';
    const detail = detailOf(entry.Detail);
    const { Source: source, DetailType: detailType } = entry;
    if (source === undefined || detailType === undefined)
      return { ErrorCode: 'InvalidArgument', ErrorMessage: 'Source and DetailType are required.' };
    if (detail === null)
      return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
    if (Buffer.byteLength(JSON.stringify(entry)) > ENTRY_BYTES_MAX)
      return { ErrorCode: 'InvalidArgument', ErrorMessage: 'The entry is too large.' };
    if (!this.buses.has(bus))
      return { ErrorCode: 'ResourceNotFoundException', ErrorMessage: `No bus ${bus}.` };
    const id = randomUUID();
    this.deps.onEvent({ detailType, detail: entry.Detail ?? '' });
    await this.deliver(bus, {
      version: '0',
      id,
      'detail-type': detailType,
      source,
      account: '000000000000',
      time: timeOf(entry.Time === undefined ? Date.now() : entry.Time * 1_000),
      region: 'us-east-1',
      resources: entry.Resources,
      detail,
    });
    return { EventId: id };
  }

  private async deliver(bus: string, event: object): Promise<void> {
    for (const rule of this.rules) {
      if (rule.bus !== bus || !rule.matches(event)) continue;
      for (const { functionId, input } of rule.targets)
        await this.deps.enqueue(functionId, input ?? event);
    }
  }
}

const detailOf = (text: string | undefined): Record<string, unknown> | null => {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text ?? ''));
  } catch {
    return null;
  }
};

/** Whole seconds, as EventBridge writes them. */
const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

const ruleSchema = z.strictObject({
  EventBusName: z.string().default('default'),
  EventPattern: z.record(z.string(), z.unknown()),
  Description: z.string().optional(),
  Name: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Targets: z.array(
    z.strictObject({
      Id: z.string(),
      Arn: z.string(),
      Input: z.string().optional(),
      /** Of the delivery to Lambda, which does not fail here. */
      RetryPolicy: z.unknown().optional(),
    }),
  ),
});

const FUNCTION_ARN = /^arn:aws:lambda:[^:]*:[^:]*:function:([^:]+)$/;

/** Rules with a pattern; those with a schedule are kept elsewhere. */
const rulesOf = (resources: readonly Resource[]): readonly Rule[] =>
  resources.flatMap(({ id, type, properties }) => {
    if (type !== 'AWS::Events::Rule' || properties['EventPattern'] === undefined) return [];
    const parsed = ruleSchema.safeParse(properties);
    if (!parsed.success) throw new Error(`${id}: ${z.prettifyError(parsed.error)}`);
    const { EventBusName, EventPattern, State, Targets } = parsed.data;
    const targets = Targets.map(({ Arn, Input }) => {
      const functionId = FUNCTION_ARN.exec(Arn)?.[1];
      if (functionId === undefined)
        throw new Error(
          `${id}: the local runtime delivers events to functions only, not to ${Arn}`,
        );
      return { functionId, input: Input === undefined ? null : JSON.parse(Input) };
    });
    const bus = EventBusName.split('/').at(-1) ?? '';
    return State === 'DISABLED'
      ? []
      : [{ id, bus, matches: compilePattern(EventPattern), targets }];
  });
