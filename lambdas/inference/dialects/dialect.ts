import type { TokenUsage } from '../../ledger/domain/usage.ts';
import type { Block, EmulatedName, OmissionKind, TurnEvent, TurnRequest } from '../turn/turn.ts';
import type { ParsedCall, WireTurn } from '../wires/wire.ts';

/** What of a turn a caller hears about by a name of its own. */
export type Named = EmulatedName | 'temperature' | 'strict';

/** What a client sent: its body, and what it or its path says of it. */
export type AskedCall = Pick<ParsedCall, 'body' | 'model' | 'isStream' | 'action'>;

export type FilePlaces = ReadonlyMap<Block, string>;

/** Where a part of a body stands, who hears of what is said in another way, and what files it has. */
export interface PartPlace {
  readonly path: string;
  readonly note: (field: string) => void;
  readonly files: Map<Block, string>;
}

/** The block of a file, whose place in the body is remembered. */
export const placedFile = <B extends Block>({ files }: PartPlace, place: string, block: B): B => {
  files.set(block, place);
  return block;
};

/** A body of a client as the turn that it asks for. */
export interface AskedTurn {
  readonly request: TurnRequest;
  readonly isStream: boolean;
  /** Fields of the body that are answered in another way than their own provider does, whoever answers. */
  readonly emulated: readonly string[];
  /** The caller's place of what a message of the turn says, as `messages.3.content`. */
  readonly placeOf: (index: number) => string;
  /** The caller's place of each file of the turn, as `messages.3.content.1.image_url`. */
  readonly files: FilePlaces;
  /** Where the caller said a wish by another of its names. */
  readonly names?: Readonly<Partial<Record<Named, string>>>;
  readonly style: AnswerStyle;
}

/** How an answer is shown, as far as its request says it. */
export interface AnswerStyle {
  /** Of a stream: the caller asked to be told what it used. */
  readonly wantsUsage: boolean;
  /** The caller asked not to be shown what the model thinks. */
  readonly hidesThoughts: boolean;
  /** Tools that accept text in a form of their own. */
  readonly textTools: ReadonlySet<string>;
  /** An answer in one body is a list of its pieces. */
  readonly isList?: true;
}

export interface AnswerFacts extends AnswerStyle {
  readonly requestId: string;
  readonly createdAtMs: number;
  /** As the caller named it. */
  readonly model: string;
  /** Which of several answers; absent: the only one. */
  readonly choice?: number;
}

/** What a provider answered that did not take a call up. */
export interface ProviderRefusal {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  /** The request has more than the model reads. */
  readonly isTooLong: boolean;
  readonly requestId: string;
}

/**
 * What a client speaks where it is not the provider's own wire: its body becomes a turn, and the events of the turn become
 * its bytes. Pure; `S` is the state of a dialect's own writer.
 */
export interface Dialect<S = unknown> {
  /** Throws AppError 400 that names the caller's field, for what a turn cannot carry. */
  read(call: AskedCall): AskedTurn;
  /** The caller's own field for each wish. */
  readonly names: Readonly<Record<Named, string>>;
  /** What is left out of a message, or changed in it, as a field of the caller's. */
  readonly omitted: Readonly<Record<OmissionKind, string>>;
  start(facts: AnswerFacts): S;
  /** Bytes of a stream for one event; `message_delta` and `message_stop` belong to `end`. */
  step(state: S, event: TurnEvent): readonly [S, string];
  /** The last bytes of a stream. */
  end(state: S, end: AnswerEnd): string;
  /** The answer in one body, of all its events. */
  whole(facts: AnswerFacts, events: readonly TurnEvent[], end: AnswerEnd): object;
  /** The body of a provider's refusal. */
  refusal(refusal: ProviderRefusal): object;
  /** Absent: the dialect has no words for several answers. */
  several?(choices: number): Several;
}

/** How several answers to one call are read of its provider, and shown to its caller. */
export interface Several {
  readonly dialect: Dialect;
  turn(turn: WireTurn): WireTurn;
}

export interface AnswerEnd {
  readonly stopReason: Extract<
    TurnEvent,
    { readonly type: 'message_delta' }
  >['delta']['stop_reason'];
  readonly usage: TokenUsage;
  /** Other answers to the same call end after it, and what was used is said with the last. */
  readonly isFollowed?: true;
}

/** A dialect is stored beside the bundle: the first call of another family's model loads it. */
export type LoadDialect = () => Promise<Dialect>;
