import type { AskedCall, AskedTurn, Dialect } from '../dialects/dialect.ts';
import { fieldRefused } from '../dialects/refuse-field.ts';
import type { Block, Omission, OmissionKind, TurnRequest } from '../turn/turn.ts';
import type { CompleteDeps } from './call-types.ts';
import type { EncodedTurn, ParsedCall } from '../wires/wire.ts';
import { withJsonWords } from './json-words.ts';
import { isSound } from '../wires/history/media-source.ts';
import { speakTurn, type SpokenTurn } from './hold-turn.ts';

/** A call in one dialect of a model that is spoken to in another. */
export interface ForeignCall {
  readonly dialect: Dialect;
  readonly asked: AskedTurn;
  readonly spoken: SpokenTurn;
  /** As it is said to its provider. Throws AppError 400 that names the caller's field, for what cannot be carried. */
  readonly carry: (encoded: EncodedTurn, request: TurnRequest) => Carried;
}

interface Carried {
  readonly call: ParsedCall;
  /** The caller's fields that are answered in another way than its own provider does. */
  readonly emulated: readonly string[];
}

/**
 * A body as its model's provider is asked. Throws AppError 400 that names the caller's field, for what cannot be carried:
 * nothing is left out without a word.
 */
export const foreignCall = async (
  deps: Pick<CompleteDeps, 'accounts' | 'loadMedia'>,
  dialect: Dialect,
  call: AskedCall,
): Promise<ForeignCall> => {
  const plain = dialect.read(call);
  const asked = { ...plain, request: withJsonWords(plain.request) };
  const names = { ...dialect.names, ...asked.names };
  // Whoever reads a dialect has loaded it.
  const { controlProblem } = await import('#beside/dialects');
  const problem = controlProblem(asked.request);
  if (problem !== null) throw fieldRefused(names[problem.control], problem.reason);
  const spoken = await speakTurn(deps, asked.request);
  const { choices } = asked.request.controls ?? {};
  const several = choices === undefined ? undefined : dialect.several?.(choices);
  const told = [...asked.emulated, ...(asked.request === plain.request ? [] : [names.output])];
  const foreign = {
    dialect: several?.dialect ?? dialect,
    asked,
    spoken: several === undefined ? spoken : { ...spoken, turn: several.turn(spoken.turn) },
    carry: (encoded: EncodedTurn, request: TurnRequest) =>
      carry(dialect, asked, told, request, encoded),
  };
  // What needs no file to be refused is refused before anything is held.
  foreign.carry(spoken, asked.request);
  return foreign;
};

const carry = (
  dialect: Dialect,
  asked: AskedTurn,
  told: readonly string[],
  request: TurnRequest,
  { call, refused, emulated, omissions }: EncodedTurn,
): Carried => {
  const names = { ...dialect.names, ...asked.names };
  const [refusal] = refused;
  if (refusal !== undefined) throw fieldRefused(names[refusal.control], refusal.reason);
  const lost = omissions.find(({ kind }) => OMITTED[kind] === 'refused');
  if (lost !== undefined) throw fieldRefused(placeOf(asked, lost), lost.reason);
  return {
    call: withPlace(call, soundPlace(asked, request) ?? dialect.omitted.media),
    emulated: [
      ...new Set([
        ...told,
        ...emulated.map((name) => names[name]),
        ...omissions.map(({ kind }) => dialect.omitted[kind]),
      ]),
    ],
  };
};

/** What may be unpriced, where its caller put it. */
const withPlace = (call: ParsedCall, path: string): ParsedCall =>
  call.sound === undefined ? call : { ...call, sound: { ...call.sound, path } };

/** What a caller hears of what a history loses: that the model was told it in another way, or that it was not asked. */
const OMITTED: Readonly<Record<OmissionKind, 'emulated' | 'refused'>> = {
  thinking: 'emulated',
  media: 'refused',
  misplaced_block: 'refused',
  partial_tool_input: 'emulated',
  missing_tool_result: 'refused',
  orphan_tool_result: 'refused',
  system_text: 'emulated',
  cache_control: 'emulated',
  tool: 'emulated',
  temperature: 'refused',
  wish: 'emulated',
  history: 'refused',
  more: 'refused',
  added_user_text: 'emulated',
};

/** `3.content.0` is a place of the turn, and `3.content.0.content.1` one in the result of a tool. */
const placeOf = ({ placeOf: place, files, request }: AskedTurn, { path }: Omission): string => {
  const [index = '', , at = '', , within] = path.split('.');
  if (!/^\d+$/.test(index)) return path;
  const block = request.messages[Number(index)]?.content[Number(at)];
  const file = within === undefined ? block : partsOf(block)[Number(within)];
  return (file === undefined ? undefined : files.get(file)) ?? place(Number(index));
};

const partsOf = (block: Block | undefined): readonly Block[] =>
  block?.type === 'tool_result' && typeof block.content !== 'string' ? block.content : [];

/** Of the first file that is heard; null: none is. `request`: the turn with its files. */
const soundPlace = ({ request: { messages }, files }: AskedTurn, request: TurnRequest) => {
  for (const [index, { content }] of request.messages.entries())
    for (const [at, block] of content.entries())
      if (block.type === 'document' && isSound(block)) {
        const told = messages[index]?.content[at];
        return (told === undefined ? undefined : files.get(told)) ?? null;
      }
  return null;
};

export const emulatedHeader = (fields: readonly string[]): Readonly<Record<string, string>> =>
  fields.length === 0 ? {} : { 'x-sluice-emulated': fields.join(', ') };
