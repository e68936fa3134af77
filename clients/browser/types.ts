/** What Sluice's threads say on the wire: blocks, events of the native stream, rows of history. */

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json };

export type Source =
  | { readonly type: 'base64' | 'text'; readonly media_type: string; readonly data: string }
  | { readonly type: 'url'; readonly url: string };

export interface UrlCitation {
  readonly type: 'url_citation';
  readonly url: string;
  readonly title: string;
  readonly start_index?: number;
  readonly end_index?: number;
}

export type Block =
  | {
      readonly type: 'text';
      readonly text: string;
      /** Pages that a model that searches leaned on. */
      readonly citations?: readonly UrlCitation[];
    }
  | { readonly type: 'image' | 'document'; readonly source: Source; readonly title?: string }
  | { readonly type: 'thinking'; readonly thinking: string }
  | { readonly type: 'redacted_thinking'; readonly data: string }
  | {
      readonly type: 'tool_use';
      readonly id: string;
      readonly name: string;
      readonly input: Json;
      /** The input so far, as text, while it is no whole JSON. */
      readonly partial_json?: string;
    }
  | {
      readonly type: 'tool_result';
      readonly tool_use_id: string;
      readonly content: string | readonly Block[];
      readonly is_error?: boolean;
    };

export type Delta =
  | { readonly type: 'text_delta'; readonly text: string }
  | { readonly type: 'thinking_delta'; readonly thinking: string }
  | { readonly type: 'input_json_delta'; readonly partial_json: string }
  | { readonly type: 'signature_delta'; readonly signature: string }
  | { readonly type: 'citations_delta'; readonly citation: UrlCitation };

interface OfRun {
  readonly thread_id: string;
  readonly run_id: string;
  readonly seq: number;
}

/** How a run ended. */
export type RunEnded = OfRun & {
  readonly type:
    | 'run.completed'
    | 'run.incomplete'
    | 'run.interrupted'
    | 'run.cancelled'
    | 'run.failed';
  readonly stop_reason: string | null;
  readonly usage: Readonly<Record<string, number>>;
  readonly cost_micros: number;
  readonly error?: { readonly code: string; readonly message: string };
};

/** An event of the native stream: Anthropic's own within a model's turn, Sluice's around it. */
export type RunEvent =
  | {
      readonly type: 'message_start';
      readonly message: { readonly id: string; readonly role: 'assistant'; readonly model: string };
    }
  | { readonly type: 'content_block_start'; readonly index: number; readonly content_block: Block }
  | { readonly type: 'content_block_delta'; readonly index: number; readonly delta: Delta }
  | { readonly type: 'content_block_stop'; readonly index: number }
  | { readonly type: 'message_delta'; readonly delta: { readonly stop_reason: string | null } }
  | { readonly type: 'message_stop' }
  | (OfRun & {
      readonly type: 'tool_result';
      readonly name: string;
      readonly block: Block & { readonly type: 'tool_result' };
      readonly status: 'completed' | 'failed' | 'timed_out' | 'cancelled' | 'denied';
      readonly latency_ms: number;
      readonly attempts: number;
    })
  | (OfRun & {
      readonly type: 'run.requires_action';
      readonly tool_use_ids: readonly string[];
      /** Those of them that want a yes or a no. */
      readonly approval_ids?: readonly string[];
    })
  | (OfRun & { readonly type: 'run.resumed'; readonly epoch: number; readonly restart: boolean })
  | RunEnded;

/** An event with its run, and the cursor after which a reader continues. */
export interface SeenEvent {
  readonly runId: string;
  readonly cursor: string;
  readonly event: RunEvent;
}

export interface Thread {
  readonly id: string;
  readonly title: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly last_seq: number;
  readonly active_run_id: string | null;
  readonly waiting_runs: number;
  readonly created_at: number;
  readonly last_active_at: number;
}

interface OfThread {
  /** Opaque; the same event has the same one. */
  readonly id: string;
  readonly thread_id: string;
}

/** What happens to a thread; what an answer says comes in its run's events. */
export type ThreadEvent =
  | (OfThread & {
      readonly type: 'message.created';
      readonly seq: number;
      readonly message_id: string;
      readonly role: Message['role'];
      readonly status: Message['status'];
      readonly run_id: string | null;
      readonly request_id: string | null;
      /** This message and those after it stand in place of the ones from this seq on. */
      readonly supersedes_from?: number;
      readonly created_at: number;
    })
  | (OfThread & { readonly type: 'run.started'; readonly run_id: string; readonly seq: number })
  | (OfThread & {
      readonly type: 'run.ended';
      readonly run_id: string;
      readonly seq: number;
      readonly status: Message['status'];
      readonly stop_reason: string | null;
      /** Of the run's last event. */
      readonly cursor: string;
    })
  | (OfThread & {
      readonly type: 'thread.updated';
      readonly thread: Thread;
      readonly deleted?: true;
      readonly missed?: true;
    });

/** New events of one run; of one that no frame holds only up to where it is read. */
export interface EventsFrame {
  readonly type: 'events';
  readonly run_id: string;
  readonly cursor: string;
  readonly events?: readonly { readonly cursor: string; readonly event: RunEvent }[];
}

/** What a socket reports about a thread. */
export type Frame =
  | EventsFrame
  | ThreadEvent
  | { readonly type: 'subscribed'; readonly cursor: string }
  | { readonly type: 'pong' }
  | { readonly type: 'error'; readonly code: string; readonly message: string };

/** A row of history. */
export interface Message {
  readonly id: string;
  readonly seq: number;
  readonly role: 'user' | 'assistant' | 'system';
  readonly content: readonly Block[];
  readonly status:
    | 'queued'
    | 'streaming'
    | 'requires_action'
    | 'complete'
    | 'incomplete'
    | 'cancelled'
    | 'failed';
  /** Of a running answer: everything up to here is in `content`. */
  readonly resume_cursor?: string;
  readonly stop_reason: string | null;
  readonly model: string | null;
  readonly cost_micros: number;
  readonly request_id: string | null;
  readonly run_id: string | null;
  readonly created_at: number;
  readonly completed_at: number | null;
}

export interface MessagePage {
  readonly data: readonly Message[];
  readonly has_more: boolean;
  readonly next_cursor: string | null;
}
