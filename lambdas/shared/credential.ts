import { AppError } from './app-error.ts';

/** What a caller presents: already parsed, its checksum already verified, only the hash travels on. */
export interface KeyCredential {
  readonly keyId: string;
  /** SHA-256 of the secret, hex; null: the caller was authenticated before (a run that waited continues). */
  readonly secretHash: string | null;
}

/** One text for an unknown, wrong, revoked, paused or expired key: nothing is learnt by trying. */
export const invalidKey = (): AppError =>
  new AppError({
    code: 'invalid_api_key',
    publicMessage: 'The API key is not valid. A key of Sluice begins with slk_.',
  });
