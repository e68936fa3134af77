import { firstCharacters } from '../../shared/characters.ts';
import { AppError, type StoredCode } from '../../shared/app-error.ts';
import { utf8Text } from '../../shared/utf8.ts';
import type { ProviderAccount } from '../ports/providers.ts';
import { isAboutAccount, withoutAccount } from '../wires/provider-account.ts';
import { providerCode, providerMessage, providerWaitSeconds } from '../wires/provider-message.ts';

const MESSAGE_CHARS_MAX = 500;
const LIMITED = 429;
const MISSING = 404;
/** What a request is refused by that has more than its model reads; under any other status the words mean a rate. */
const TOO_LONG =
  /context.(?:length|window|limit|size)|(?:prompt|input) is too long|(?:prompt|input) token count.*exceeds|input tokens exceeded|too many (?:input )?tokens|maximum prompt length|reduce the length of|model token limit/i;
const TOO_LONG_STATUSES: ReadonlySet<number> = new Set([400, 413, 422]);

/**
 * What a caller hears of an account that its provider refuses. The provider's own words are for the operator's log; a
 * repetition does not cure it.
 */
export const accountRefused = (
  { name }: Pick<ProviderAccount, 'name'>,
  status: number,
  body: Uint8Array,
): AppError | null => {
  const text = utf8Text(body);
  if (!isAboutAccount(status, text)) return null;
  const words = firstCharacters(withoutAccount(providerMessage(text)), MESSAGE_CHARS_MAX);
  return new AppError({
    code: 'provider_error',
    publicMessage: `The provider ${name} refused the account of this gateway.`,
    internal: `status ${status}: ${words}`,
    isFinal: true,
  });
};

/** Nobody is sent on to where a provider points. */
export const sentElsewhere = (status: number): AppError =>
  new AppError({
    code: 'provider_error',
    publicMessage: 'The provider sent the call elsewhere.',
    internal: `status ${status}`,
  });

/** What a provider answered that did not take the call up. */
interface RefusedCall {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The provider's own word for it; null: it says none. */
  readonly code: string | null;
  /** How long it asks to be left alone, where its body says so; null: it does not. */
  readonly waitSeconds: number | null;
}

/** The same as an error of ours, for whoever does not pass it on as what it was. */
export class ProviderRefused extends AppError {
  readonly answer: RefusedCall;

  constructor(publicMessage: string, answer: RefusedCall) {
    super({ code: 'provider_error', publicMessage });
    this.answer = answer;
  }

  /** It has more than its model reads. */
  get isTooLong(): boolean {
    const { status, code } = this.answer;
    return TOO_LONG_STATUSES.has(status) && TOO_LONG.test(`${code ?? ''} ${this.publicMessage}`);
  }

  /** The words that a call of chat completions has for the same. A provider's limit passes when its caller has waited. */
  override get storedCode(): StoredCode {
    if (this.isTooLong) return 'context_length_exceeded';
    if (this.answer.status === LIMITED) return 'rate_limited';
    return this.answer.status === MISSING ? 'model_not_found' : this.code;
  }
}

/** A provider's refusal in the words of ours, where it does not pass as it came. */
export const refusedBy = (
  account: Pick<ProviderAccount, 'name'>,
  { status, headers }: Omit<RefusedCall, 'code' | 'waitSeconds'>,
  body: Uint8Array,
): AppError => {
  const refused = accountRefused(account, status, body);
  if (refused !== null) return refused;
  const text = utf8Text(body);
  const words = firstCharacters(withoutAccount(providerMessage(text)), MESSAGE_CHARS_MAX);
  return new ProviderRefused(`${account.name} answered ${status}: ${words}`, {
    status,
    headers,
    code: providerCode(text),
    waitSeconds: providerWaitSeconds(text),
  });
};
