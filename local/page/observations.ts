import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { BoundedLog } from '../bounded-log.ts';
import type { LocalMail } from '../ses-endpoint.ts';
import type { BusEvent } from '../events/event-bus.ts';
import { messageOf } from '../message-of.ts';
import { MetricHistory } from '../metrics/metric-history.ts';
import { dataOf, MetricSums, type Datum } from '../metrics/metric-sums.ts';

const FILE_BYTES_MAX = 4_194_304;
const EVENTS_KEPT = 200;
const ERRORS_KEPT = 50;
const MAILS_KEPT = 20;
const MESSAGE_CHARS_MAX = 500;

export interface SeenEvent {
  readonly atMs: number;
  readonly detailType: string;
  readonly detail: string;
}

export interface SourcedError {
  /** Of the latest one. */
  readonly atMs: number;
  /** How often the same was seen. */
  readonly times: number;
  readonly source: string;
  readonly message: string;
}

const storedEvent = z.object({ at_ms: z.number(), detail_type: z.string(), detail: z.string() });
const errorLine = z.object({ level: z.literal('ERROR'), message: z.string() });

/** A mail that would have been sent. */
export interface SeenMail {
  readonly atMs: number;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** null: it is plain text. */
  readonly html: string | null;
}

/** What an operator would look for: the latest events and errors, and metrics since the start. */
export class Observations {
  readonly startedAtMs = Date.now();
  readonly metrics = new MetricSums();
  readonly history = new MetricHistory();
  readonly events: SeenEvent[] = [];
  readonly errors: SourcedError[] = [];
  /** Until the runtime ends. */
  readonly mails: SeenMail[] = [];
  /** Hears each line of a function that is JSON. */
  onLine: ((line: unknown) => void) | null = null;
  private readonly log: BoundedLog;

  constructor(stateDir: string) {
    const path = join(stateDir, 'events.ndjson');
    const onError = (error: Error): void => this.error('events.ndjson', error);
    this.log = new BoundedLog(path, onError, FILE_BYTES_MAX);
    if (!existsSync(path)) return;
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    for (const line of lines.slice(-EVENTS_KEPT)) {
      const { data } = storedEvent.safeParse(parsed(line));
      if (data !== undefined)
        this.events.unshift({
          atMs: data.at_ms,
          detailType: data.detail_type,
          detail: data.detail,
        });
    }
  }

  /** Keeps an event of the bus, on disk too: `events.ndjson` in the state folder. */
  event({ detailType, detail }: BusEvent): void {
    const seen = { atMs: Date.now(), detailType, detail };
    const line = { at_ms: seen.atMs, detail_type: detailType, detail };
    this.log.write(`${JSON.stringify(line)}\n`);
    keep(this.events, seen, EVENTS_KEPT);
  }

  mail({ to, subject, text, html }: LocalMail): void {
    const seen = { atMs: Date.now(), to: to.join(', '), subject, text, html: html ?? null };
    keep(this.mails, seen, MAILS_KEPT);
  }

  measure(datum: Datum): void {
    this.metrics.add(datum);
    this.history.add(datum, Date.now());
  }

  error(source: string, error: unknown): void {
    const message = messageOf(error).slice(0, MESSAGE_CHARS_MAX);
    const index = this.errors.findIndex((one) => one.source === source && one.message === message);
    const [known] = index === -1 ? [] : this.errors.splice(index, 1);
    const seen = { atMs: Date.now(), times: (known?.times ?? 0) + 1, source, message };
    keep(this.errors, seen, ERRORS_KEPT);
  }

  /** A line that a function printed: a metric, an error, or neither. */
  line(functionId: string, text: string): void {
    if (!text.startsWith('{')) return;
    const line = parsed(text);
    for (const datum of dataOf(line)) this.measure(datum);
    this.onLine?.(line);
    if (!text.includes('"ERROR"')) return;
    const told = errorLine.safeParse(line);
    if (told.success) this.error(functionId, told.data.message);
  }
}

const keep = <T>(list: T[], item: T, max: number): void => {
  list.unshift(item);
  if (list.length > max) list.length = max;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
