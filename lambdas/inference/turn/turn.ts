import type { Answerer } from './answerer.ts';

/**
 * One conversation in one neutral form, whatever model answers: content as Anthropic's blocks, output as Anthropic's
 * stream events. Threads store these; `wires/` translates them to a provider's wire and back.
 * Source of the shapes: https://platform.claude.com/docs/en/api/messages
 */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json };

export interface TextBlock {
  readonly type: 'text';
  readonly text: string;
  /** What a model that searches leaned on; of an answer alone, and sent to no model again. */
  readonly citations?: readonly UrlCitation[];
  /** Of an answer alone, as its citations. */
  readonly logprobs?: readonly TokenLogprob[];
  /** Of an answer alone: its model says that it will not answer. */
  readonly refuses?: true;
  readonly cache_control?: CacheControl;
}
/** A token that a model says, or might have said, and how likely it was: a natural logarithm. */
export interface LikelyToken {
  readonly token: string;
  readonly logprob: number;
  /** In UTF-8; absent: its provider does not say, and those of `token` stand for them. */
  readonly bytes?: readonly number[];
}
export interface TokenLogprob extends LikelyToken {
  /** The likeliest tokens in its place, the likeliest first. */
  readonly top: readonly LikelyToken[];
}
/** A page that words lean on. Places are characters of the text, as the provider counts them; absent: all of the block. */
export interface UrlCitation {
  readonly type: 'url_citation';
  readonly url: string;
  readonly title: string;
  readonly start_index?: number;
  readonly end_index?: number;
}
export interface CacheControl {
  readonly type: 'ephemeral';
  readonly ttl?: '5m' | '1h';
}
export type MediaSource =
  | { readonly type: 'base64'; readonly media_type: string; readonly data: string }
  /** `unread`: why its bytes, which its provider wants, are not there. */
  | { readonly type: 'url'; readonly url: string; readonly unread?: string }
  | { readonly type: 'text'; readonly media_type: string; readonly data: string };
export interface ImageBlock {
  readonly type: 'image';
  readonly source: MediaSource;
  readonly cache_control?: CacheControl;
}
/** A file: a PDF, a text, or a sound, by the type of its bytes. */
export interface DocumentBlock {
  readonly type: 'document';
  readonly source: MediaSource;
  readonly title?: string;
  readonly cache_control?: CacheControl;
}
export interface ToolUseBlock {
  readonly type: 'tool_use';
  /** Unique in the thread; providers with other charsets or lengths get a translated one. */
  readonly id: string;
  /** May have a namespace, `server/tool`. */
  readonly name: string;
  readonly input: Json;
  /**
   * Present when the model's input never became whole JSON (stopped, or badly written): what it said. `input` then holds
   * the members that were complete; the call must not be run and wants an error as its result.
   */
  readonly partial_json?: string;
  /** Of its tool. */
  readonly form?: ToolForm;
  /** What its model signed it with, and wants back beside it. */
  readonly signature?: string;
  readonly cache_control?: CacheControl;
}
export interface ToolResultBlock {
  readonly type: 'tool_result';
  readonly tool_use_id: string;
  readonly content: string | readonly (TextBlock | ImageBlock)[];
  readonly is_error?: boolean;
  /** Of the tool that it comes from. */
  readonly form?: ToolForm;
  readonly cache_control?: CacheControl;
}
/** `signature` belongs to the model that thought. */
export interface ThinkingBlock {
  readonly type: 'thinking';
  readonly thinking: string;
  readonly signature?: string;
}
export interface RedactedThinkingBlock {
  readonly type: 'redacted_thinking';
  readonly data: string;
}
export type Block =
  | TextBlock
  | ImageBlock
  | DocumentBlock
  | ToolUseBlock
  | ToolResultBlock
  | ThinkingBlock
  | RedactedThinkingBlock;

export interface TurnMessage {
  readonly role: 'user' | 'assistant' | 'system';
  readonly content: readonly Block[];
  /** The model that wrote it; null: a person, or unknown. */
  readonly model: string | null;
}

/**
 * What a tool is to its client where that is no function: it accepts text in a form of its own, or finds more tools. Models
 * are offered functions alone, and hear nothing of it.
 */
export type ToolForm = 'custom' | 'tool_search';

export interface TurnTool {
  readonly name: string;
  readonly description: string;
  readonly input_schema: { readonly [name: string]: Json };
  /** The model's calls keep to the schema, by its provider's word. Absent: as well as the model can. */
  readonly strict?: boolean;
  /** Absent: a function. */
  readonly form?: ToolForm;
  /** What was wrong with it as its server listed it: it was mended, or it is not offered. */
  readonly problem?: { readonly reason: string; readonly isLeftOut: boolean };
}

/**
 * What few callers ask for; whatever is absent is left to the model. Check with `controlProblem` first. Every wire decides
 * on each of them, by its `ControlRules`.
 */
export interface TurnControls {
  readonly toolChoice?: 'auto' | 'none' | 'required' | { readonly name: string };
  readonly parallelToolCalls?: boolean;
  readonly topP?: number;
  readonly output?: OutputFormat;
  /** How much to think, in the provider's own words. */
  readonly effort?: string;
  /** How much to say. */
  readonly verbosity?: 'low' | 'medium' | 'high';
  /** Whether to think, and how much. Beside an effort it only says that. */
  readonly thinking?: ThinkingWish;
  readonly topK?: number;
  /** Words that end the answer, and are no part of it. */
  readonly stopSequences?: readonly string[];
  /** From -2 to 2. */
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly seed?: number;
  /** Who uses the caller's product: a word of the caller's, for the provider to tell its users apart. */
  readonly endUser?: string;
  /** `default`: at the provider's standard terms alone. */
  readonly serviceTier?: 'auto' | 'default';
  /** The provider keeps as much of the request as it can, without a mark at any block. */
  readonly cache?: CacheControl;
  /** How many answers are asked for, where it is more than one. */
  readonly choices?: number;
  /** To tell how likely each token was, and as many of those that stood in its place. */
  readonly logprobs?: number;
}
export type ControlName = keyof TurnControls;

export type ThinkingWish =
  | { readonly type: 'disabled' }
  /** As much as the model finds right. */
  | { readonly type: 'adaptive' }
  | { readonly type: 'enabled'; readonly budgetTokens: number };

/** A wish that a wire has no words for. */
export interface ControlRefusal {
  readonly control: ControlName;
  readonly reason: string;
}

/** What a wire asks for in another way than it was wished, so that the answer may differ from what its caller expects. */
export type EmulatedName = ControlName | 'cacheMarks' | 'documentTitles';

export type OutputFormat =
  | { readonly type: 'json_object' }
  | {
      readonly type: 'json_schema';
      readonly name: string;
      readonly schema: { readonly [name: string]: Json };
      readonly description?: string;
      readonly strict?: boolean;
    };

/** What one model turn is asked, before it is anybody's wire. */
export interface TurnRequest {
  readonly model: string;
  readonly system: string | null;
  readonly messages: readonly TurnMessage[];
  readonly tools: readonly TurnTool[];
  /** null: the ledger sets what the budget affords. */
  readonly maxTokens: number | null;
  readonly temperature: number | null;
  readonly controls?: TurnControls;
}

/** Something that the provider at hand forbids and that was left out or changed; recorded in the audit view. */
export interface Omission {
  readonly kind: OmissionKind;
  /** Place in `messages`, as `3.content.0`. */
  readonly path: string;
  readonly reason: string;
}

export type OmissionKind =
  /** Thinking of another model, without its signature, or with no place on this wire. */
  | 'thinking'
  /** An image or document that the model cannot read. */
  | 'media'
  /** A block in a message whose role may not hold it. */
  | 'misplaced_block'
  /** A tool_use whose JSON was cut: sent with the members that were complete. */
  | 'partial_tool_input'
  /** A tool_use without a result: sent with a cancelled one. */
  | 'missing_tool_result'
  /** A tool_result that answers no call. */
  | 'orphan_tool_result'
  /** System text in mid-history, sent as the user's. */
  | 'system_text'
  | 'cache_control'
  /** A tool that was mended, or not offered, because no provider accepts it as its server listed it. */
  | 'tool'
  | 'temperature'
  /** A wish that its provider has no words for, asked for in another way. */
  | 'wish'
  /** Messages of a thread that are older than what fits the model's window. */
  | 'history'
  /** So many more of these, which are not listed one by one. */
  | 'more'
  /** Words that had to be added: a first user message, or one after the last answer. */
  | 'added_user_text';

export type StopReason =
  | 'end_turn'
  | 'max_tokens'
  | 'stop_sequence'
  | 'tool_use'
  | 'pause_turn'
  | 'refusal'
  | 'content_filter';

/** What a model says, one bracket `message_start ... message_stop` for each turn. */
export type TurnEvent = SaidEvent & {
  /** Which of several answers says it, from 0; absent: the only one. */
  readonly choice?: number;
};
type SaidEvent =
  | { readonly type: 'message_start'; readonly message: TurnStart }
  | {
      readonly type: 'content_block_start';
      readonly index: number;
      readonly content_block: Block;
    }
  | { readonly type: 'content_block_delta'; readonly index: number; readonly delta: BlockDelta }
  | { readonly type: 'content_block_stop'; readonly index: number }
  | {
      readonly type: 'message_delta';
      readonly delta: { readonly stop_reason: StopReason | null };
      /** As the provider counts it; absent: it did not, or an earlier release wrote the event. */
      readonly usage?: TurnUsage;
    }
  | { readonly type: 'message_stop' };

export interface TurnUsage {
  readonly input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly output_tokens: number;
}

export interface TurnStart {
  readonly role: 'assistant';
  /** As its provider calls it. */
  readonly model: string;
  /** Absent: the turn is no thread's, or an earlier release wrote the event. */
  readonly by?: Answerer;
}

export type BlockDelta =
  | { readonly type: 'text_delta'; readonly text: string }
  | { readonly type: 'input_json_delta'; readonly partial_json: string }
  | { readonly type: 'thinking_delta'; readonly thinking: string }
  | { readonly type: 'signature_delta'; readonly signature: string }
  | { readonly type: 'citations_delta'; readonly citation: UrlCitation }
  | { readonly type: 'logprobs_delta'; readonly logprobs: readonly TokenLogprob[] };
