import { AI_SDK_VERSIONS } from '../../lambdas/threads/dialects/ai-sdk/formats/ai-sdk-dialect.ts';
import { NATIVE_VERSIONS } from '../../lambdas/threads/dialects/native/formats/native-dialect.ts';
import { QLAUD_VERSIONS } from '../../lambdas/threads/dialects/qlaud/formats/qlaud-dialect.ts';
import { RESPONSES_VERSIONS } from '../../lambdas/threads/dialects/responses/formats/responses-dialect.ts';
import type { DialectName } from '../../lambdas/threads/domain/dialect-pins.ts';
import type { DialectVersion } from '../../lambdas/threads/domain/dialect.ts';

/** Every version of every dialect that a run may have begun with. */
export const DIALECTS: Readonly<Record<DialectName, readonly DialectVersion[]>> = {
  native: NATIVE_VERSIONS,
  ai_sdk: AI_SDK_VERSIONS,
  responses: RESPONSES_VERSIONS,
  qlaud: QLAUD_VERSIONS,
};
