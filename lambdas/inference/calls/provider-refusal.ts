import { firstCharacters } from '../../shared/characters.ts';
import { AppError } from '../../shared/app-error.ts';
import { utf8Text } from '../../shared/utf8.ts';
import type { ProviderAccount } from '../ports/providers.ts';
import { isAboutAccount, withoutAccount } from '../wires/provider-account.ts';
import { providerMessage } from '../wires/provider-message.ts';

const MESSAGE_CHARS_MAX = 500;

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

/** A provider's refusal in the words of ours, where it does not pass as it came. */
export const refusedBy = (
  account: Pick<ProviderAccount, 'name'>,
  status: number,
  body: Uint8Array,
): AppError => {
  const refused = accountRefused(account, status, body);
  if (refused !== null) return refused;
  const words = withoutAccount(providerMessage(utf8Text(body)));
  return new AppError({
    code: 'provider_error',
    publicMessage: `${account.name} answered ${status}: ${firstCharacters(words, MESSAGE_CHARS_MAX)}`,
  });
};
