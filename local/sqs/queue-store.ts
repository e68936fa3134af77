import { randomUUID } from 'node:crypto';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import * as z from 'zod';

/** A queue of the template, with AWS's defaults where it says nothing. */
export interface QueueConfig {
  readonly id: string;
  readonly visibilityMs: number;
  readonly delayMs: number;
  readonly retentionMs: number;
  /** Where a message goes that was received so often; null: it stays until it is too old. */
  readonly redrive: { readonly queueId: string; readonly receivesMax: number } | null;
}

const row = z.object({
  id: z.string(),
  body: z.string(),
  sent_at: z.number(),
  first_received_at: z.number().nullable(),
  receives: z.number(),
  receipt: z.string().nullable(),
});

/** A message as whoever received it has it. */
export interface Message {
  readonly id: string;
  readonly body: string;
  readonly receipt: string;
  readonly sentAtMs: number;
  readonly firstReceivedAtMs: number;
  readonly receives: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS messages (
    id TEXT PRIMARY KEY, queue TEXT NOT NULL, body TEXT NOT NULL, sent_at INTEGER NOT NULL,
    visible_at INTEGER NOT NULL, first_received_at INTEGER, receives INTEGER NOT NULL DEFAULT 0, receipt TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS by_queue ON messages (queue, visible_at);
`;

/**
 * Standard queues on SQLite: a message is kept until it is deleted or too old, is hidden from others while one has it,
 * and moves to its queue's dead letters when it was received too often. Messages outlive the process.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/welcome.html
 */
export class QueueStore {
  private readonly db: DatabaseSync;
  private readonly prepared = new Map<string, StatementSync>();
  private readonly queues: ReadonlyMap<string, QueueConfig>;
  private readonly listeners = new Set<() => void>();

  constructor(path: string, queues: readonly QueueConfig[]) {
    this.queues = new Map(queues.map((queue) => [queue.id, queue]));
    this.db = new DatabaseSync(path);
    this.db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    this.db.exec(SCHEMA);
  }

  queue(id: string): QueueConfig | null {
    return this.queues.get(id) ?? null;
  }

  ids(): readonly string[] {
    return [...this.queues.keys()];
  }

  /** Returns the message's id when it is kept. `delayMs` null: the queue's own. */
  send(queueId: string, body: string, delayMs: number | null, nowMs = Date.now()): string {
    const id = randomUUID();
    const queue = this.named(queueId);
    this.statement(
      'INSERT INTO messages (id, queue, body, sent_at, visible_at) VALUES (?, ?, ?, ?, ?)',
    ).run(id, queueId, body, nowMs, nowMs + (delayMs ?? queue.delayMs));
    for (const listener of this.listeners) listener();
    return id;
  }

  /** Up to `max` messages, hidden from others for `visibilityMs`. */
  receive(
    queueId: string,
    max: number,
    visibilityMs: number,
    nowMs = Date.now(),
  ): readonly Message[] {
    const queue = this.named(queueId);
    this.statement('DELETE FROM messages WHERE queue = ? AND sent_at < ?').run(
      queueId,
      nowMs - queue.retentionMs,
    );
    if (queue.redrive !== null)
      this.statement(
        'UPDATE messages SET queue = ?, receipt = NULL, receives = 0, first_received_at = NULL WHERE queue = ? AND visible_at <= ? AND receives >= ?',
      ).run(queue.redrive.queueId, queueId, nowMs, queue.redrive.receivesMax);
    const found = this.statement(
      'SELECT * FROM messages WHERE queue = ? AND visible_at <= ? ORDER BY visible_at LIMIT ?',
    ).all(queueId, nowMs, max);
    return found.map((item) => this.taken(row.parse(item), nowMs, visibilityMs));
  }

  private taken(item: z.infer<typeof row>, nowMs: number, visibilityMs: number): Message {
    const receipt = randomUUID();
    const firstReceivedAtMs = item.first_received_at ?? nowMs;
    this.statement(
      'UPDATE messages SET visible_at = ?, receives = receives + 1, first_received_at = ?, receipt = ? WHERE id = ?',
    ).run(nowMs + visibilityMs, firstReceivedAtMs, receipt, item.id);
    return {
      id: item.id,
      body: item.body,
      receipt,
      sentAtMs: item.sent_at,
      firstReceivedAtMs,
      receives: item.receives + 1,
    };
  }

  /** Only who received it last can delete it: another one has it by then. */
  delete(queueId: string, receipt: string): void {
    this.statement('DELETE FROM messages WHERE queue = ? AND receipt = ?').run(queueId, receipt);
  }

  /** How many it has, hidden and delayed ones included, and the time of the oldest; null: none. */
  depth(queueId: string): { readonly depth: number; readonly oldestAtMs: number | null } {
    const found = this.statement(
      'SELECT count(*) AS depth, min(sent_at) AS oldestAtMs FROM messages WHERE queue = ?',
    ).get(queueId);
    return z.object({ depth: z.number(), oldestAtMs: z.number().nullable() }).parse(found);
  }

  /** When the next message can be received; null: there is none. */
  nextAtMs(queueId: string): number | null {
    const found = this.statement('SELECT min(visible_at) AS at FROM messages WHERE queue = ?').get(
      queueId,
    );
    return z.object({ at: z.number().nullable() }).parse(found).at;
  }

  /** Is called when something was sent; the answer ends it. */
  onSent(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  close(): void {
    this.db.close();
  }

  /** Each queue is looked at every second: a statement is read once. */
  private statement(sql: string): StatementSync {
    const known = this.prepared.get(sql);
    if (known !== undefined) return known;
    const made = this.db.prepare(sql);
    this.prepared.set(sql, made);
    return made;
  }

  private named(id: string): QueueConfig {
    const queue = this.queues.get(id);
    if (queue === undefined) throw new Error(`no queue ${id}`);
    return queue;
  }
}
