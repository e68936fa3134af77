import { firstCharacters } from '../../shared/characters.ts';
import { AppError, type ErrorCode } from '../../shared/app-error.ts';
import { utf8Text } from '../../shared/utf8.ts';
import type { ProviderAccount } from '../ports/providers.ts';
import { isAboutAccount, withoutAccount } from '../wires/provider-account.ts';
import { providerCode, providerMessage, providerWaitSeconds } from '../wires/provider-message.ts';

const MESSAGE_CHARS_MAX = 500;
const LIMITED = 429;

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

  /** A provider's limit passes when its caller has waited. */
  override get storedCode(): ErrorCode {
    return this.answer.status === LIMITED ? 'rate_limited' : this.code;
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
