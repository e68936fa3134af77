import { isRecord } from '../../http/body.ts';
import type { ControlName, ControlRefusal, TurnControls, TurnRequest } from '../turn/turn.ts';
import type { ToolNames } from './history/tool-names.ts';

export type WireObject = Readonly<Record<string, unknown>>;

/** What a wire makes of one wish: fields of its body, or the reason why there are none. */
export type Granted =
  | { readonly kind: 'said' | 'emulated'; readonly fields: WireObject }
  | { readonly kind: 'refused'; readonly reason: string };

/** The wish in the provider's own words; no fields: its models do so anyway. */
export const said = (fields: WireObject = {}): Granted => ({ kind: 'said', fields });
/** Nearly what was wished: its caller hears that it is not the same. */
export const emulated = (fields: WireObject = {}): Granted => ({ kind: 'emulated', fields });
/** A reason that follows the name of a field, as in `top_k: this model takes none`. */
export const refused = (reason: string): Granted => ({ kind: 'refused', reason });

/** What a wish may depend on. */
export interface Wish {
  readonly request: TurnRequest;
  readonly names: ToolNames;
}

/** What a wire does with each wish: a wish that joins `TurnControls` does not compile until every wire decides on it. */
export type ControlRules = {
  readonly [Name in keyof Wished]: (value: Wished[Name], wish: Wish) => Granted;
};
type Wished = Required<TurnControls>;
type Wishes = { readonly [Name in keyof Wished]?: Wished[Name] };

export interface GrantedControls {
  readonly fields: WireObject;
  readonly emulated: readonly ControlName[];
  readonly refused: readonly ControlRefusal[];
}

/** All wishes of a turn on one wire. Fields of two wishes that are one object are joined, the later wish's first. */
export const grantControls = (rules: ControlRules, wish: Wish): GrantedControls => {
  let fields: WireObject = {};
  const others: ControlName[] = [];
  const refusals: ControlRefusal[] = [];
  for (const control of NAMES) {
    const granted = grant(rules, control, wish);
    if (granted === null) continue;
    if (granted.kind === 'refused') refusals.push({ control, reason: granted.reason });
    else {
      fields = joined(fields, granted.fields);
      if (granted.kind === 'emulated') others.push(control);
    }
  }
  return { fields, emulated: others, refused: refusals };
};

const grant = <Name extends ControlName>(
  rules: { readonly [One in Name]: (value: Wished[One], wish: Wish) => Granted },
  name: Name,
  wish: Wish,
): Granted | null => {
  const wishes: Wishes = wish.request.controls ?? {};
  const value: Wished[Name] | undefined = wishes[name];
  if (value === undefined) return null;
  // A list of nothing wishes nothing, and not every provider takes it.
  return Array.isArray(value) && value.length === 0 ? said() : rules[name](value, wish);
};

const ALL: { readonly [Name in keyof Wished]: Name } = {
  parallelToolCalls: 'parallelToolCalls',
  toolChoice: 'toolChoice',
  topP: 'topP',
  output: 'output',
  thinking: 'thinking',
  effort: 'effort',
  verbosity: 'verbosity',
  topK: 'topK',
  stopSequences: 'stopSequences',
  presencePenalty: 'presencePenalty',
  frequencyPenalty: 'frequencyPenalty',
  seed: 'seed',
  endUser: 'endUser',
  serviceTier: 'serviceTier',
  cache: 'cache',
  choices: 'choices',
  logprobs: 'logprobs',
};
/** Every wish, in the order in which a wire is asked. */
export const NAMES: readonly ControlName[] = Object.values(ALL);

const joined = (left: WireObject, right: WireObject): WireObject => {
  const both = { ...left };
  for (const [name, value] of Object.entries(right)) {
    const before = both[name];
    both[name] = isRecord(before) && isRecord(value) ? joined(before, value) : value;
  }
  return both;
};
