import type { WireName } from '../../../lambdas/inference/models/families.ts';
import type { Script } from '../scripted-upstream.ts';
import {
  begun,
  counted,
  errorEvent,
  errorUnderGoodStatus,
  NOTHING,
  PAGE,
  refusalBy,
} from './bad-days.ts';
import { typeOf } from './event-stream.ts';

export type DialectName = 'chat' | 'messages' | 'gemini';

/** A caller's dialect and a provider's wire. */
export interface Cell {
  readonly name: DialectName;
  readonly wire: WireName;
  /** They are the same, so that the caller reads what the provider wrote. */
  readonly isNative: boolean;
}

/** What it must cost: nothing; what is known of the words that came; all that was counted; the same, counted here. */
export type Money = 'free' | 'words' | 'counted' | 'estimated';

/** What a caller hears. */
export interface Told {
  readonly status: number;
  /** The word that its SDK knows the error by. */
  readonly code: string | null;
  readonly isAskedAgain?: boolean;
  readonly says?: RegExp;
}

/** A bad day of a provider. */
export interface Day {
  readonly name: string;
  readonly money: Money;
  /** Its provider was asked for a stream, as it is wherever dialects differ. */
  readonly isStreamed?: true;
  readonly script: (wire: WireName, model: string) => Script;
  /** null: an answer. */
  readonly told: (cell: Cell) => Told | null;
}

type Codes = Readonly<Record<DialectName, string | null>>;

const by = (chat: string | null, messages: string | null, gemini: string | null): Codes => ({
  chat,
  messages,
  gemini,
});
const RATE = by('rate_limit_exceeded', 'rate_limit_error', 'RESOURCE_EXHAUSTED');
const BUSY = by(null, 'overloaded_error', 'UNAVAILABLE');
const BROKEN = by(null, 'api_error', 'INTERNAL');
const REQUEST = by(null, 'invalid_request_error', 'INVALID_ARGUMENT');
const TOO_LONG = { ...REQUEST, chat: 'context_length_exceeded' };
const NO_MODEL = by('model_not_found', 'not_found_error', 'NOT_FOUND');
const FAILED = by('provider_error', 'api_error', 'UNAVAILABLE');
const UNREADABLE = { ...FAILED, chat: 'provider_stream_malformed' };

/** A refusal costs nothing, whatever it says. */
const refused = (
  name: string,
  kind: Parameters<typeof refusalBy>[1],
  told: (cell: Cell) => Told,
): Day => ({ name, money: 'free', script: (wire) => refusalBy(wire, kind), told });

/** What is of the account of this gateway is its operator's: nobody asks again. */
const ofAccount = ({ name }: Cell): Told => ({
  status: 502,
  code: FAILED[name],
  says: /refused the account/,
});

const again =
  (status: number, codes: Codes) =>
  (cell: Cell): Told => ({
    status,
    code: codes[cell.name],
    isAskedAgain: true,
  });

/** Words that came are paid, so that no SDK asks for them again. */
const brokenOff =
  (codes: Codes) =>
  (cell: Cell): Told => ({ status: 502, code: codes[cell.name] });

/** Who speaks the provider's own wire has its own event of an error. */
const eventTold = ({ name }: Cell): Told => ({ status: 503, code: BUSY[name] });

export const DAYS: readonly Day[] = [
  refused('a limit of its rate', 'rate', again(429, RATE)),
  refused('too busy', 'busy', (cell) =>
    again(cell.isNative && cell.wire === 'anthropic-messages' ? 529 : 503, BUSY)(cell),
  ),
  refused('broken', 'broken', again(500, BROKEN)),
  refused('a prompt that is too long', 'tooLong', ({ name }) => ({
    status: 400,
    code: TOO_LONG[name],
    // Clients of OpenAI go by the code.
    ...(name === 'chat' ? {} : { says: /prompt is too long|input token count.*exceeds/ }),
  })),
  refused('a model that is not there', 'noModel', ({ name }) => ({
    status: 404,
    code: NO_MODEL[name],
  })),
  refused('a body that it cannot read', 'unreadable', ({ name, wire, isNative }) => ({
    status: isNative && wire !== 'gemini' ? 422 : 400,
    code: REQUEST[name],
  })),
  refused('a key that it does not know', 'account', ofAccount),
  refused('a key of another region', 'region', ofAccount),
  { name: 'a page', money: 'free', script: () => PAGE, told: again(502, UNREADABLE) },
  { name: 'nothing', money: 'free', script: () => NOTHING, told: again(502, UNREADABLE) },
  {
    name: 'an error under a good status',
    money: 'free',
    script: errorUnderGoodStatus,
    // It is no event of the one wire that is binary.
    told: (cell) => again(502, cell.wire === 'bedrock-converse' ? UNREADABLE : FAILED)(cell),
  },
  {
    name: 'an error in the place of words',
    money: 'free',
    isStreamed: true,
    script: (wire) => ({ ...typeOf(wire), chunks: [errorEvent(wire)] }),
    told: (cell) => (cell.isNative ? eventTold(cell) : again(502, FAILED)(cell)),
  },
  {
    name: 'an error behind words',
    money: 'words',
    isStreamed: true,
    script: (wire, model) => ({
      ...typeOf(wire),
      chunks: [...begun(wire, model), errorEvent(wire)],
    }),
    told: (cell) => (cell.isNative ? eventTold(cell) : brokenOff(FAILED)(cell)),
  },
  {
    name: 'an end behind words',
    money: 'words',
    isStreamed: true,
    script: (wire, model) => ({ ...typeOf(wire), chunks: begun(wire, model), ending: 'cut' }),
    told: brokenOff(FAILED),
  },
  ...(['twice', 'shrinking', 'growing', 'none', 'negative'] as const).map((day): Day => ({
    name: `counts: ${day}`,
    money: day === 'none' || day === 'negative' ? 'estimated' : 'counted',
    isStreamed: true,
    script: (wire, model) => counted(wire, model, day),
    told: () => null,
  })),
];
