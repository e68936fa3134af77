import type {
  Block,
  DocumentBlock,
  ImageBlock,
  Omission,
  RedactedThinkingBlock,
  TextBlock,
  ThinkingBlock,
  ToolResultBlock,
  ToolUseBlock,
} from '../../turn/turn.ts';

/** A block, and where it stood in the history. */
export interface BlockAt<B extends Block> {
  readonly block: B;
  readonly path: string;
}
export type Thought = ThinkingBlock | RedactedThinkingBlock;
export type Media = ImageBlock | DocumentBlock;
export type UserBlock = TextBlock | Media;
export type AssistantBlock = TextBlock | Thought | ToolUseBlock;

export interface SystemTurn {
  readonly role: 'system';
  readonly content: readonly BlockAt<TextBlock>[];
}
export interface UserTurn {
  readonly role: 'user';
  /** Exactly the results of the assistant's turn before, when that has calls. */
  readonly results: readonly BlockAt<ToolResultBlock>[];
  readonly content: readonly BlockAt<UserBlock>[];
}
export interface AssistantTurn {
  readonly role: 'assistant';
  readonly content: readonly BlockAt<AssistantBlock>[];
}
export type HistoryTurn = SystemTurn | UserTurn | AssistantTurn;

/** A history that every provider accepts: see `mendHistory`. */
export interface History {
  /** System text before anything else. */
  readonly system: readonly BlockAt<TextBlock>[];
  readonly turns: readonly HistoryTurn[];
  readonly omissions: readonly Omission[];
}

/** In what the wires and their models differ. The functions give the reason of a refusal; null: accepted. */
export interface WireRules {
  readonly idLengthMax: number;
  readonly thoughtProblem: (thought: Thought, model: string | null) => string | null;
  readonly mediaProblem: (media: Media) => string | null;
  readonly allowsLateSystem: boolean;
  readonly startsWithUser: boolean;
  readonly acceptsPrefill: boolean;
}
