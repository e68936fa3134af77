import { checked, jsonBody } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { authenticateAdmin, authenticateReader } from '../../ledger/door.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import { AppError } from '../../shared/app-error.ts';
import type { MaskPattern } from '../domain/mask-pattern.ts';
import { patchMasksBody } from '../formats/mask-schemas.ts';
import type { MaskBook } from '../ports/masks.ts';

export interface MaskRouteDeps {
  readonly keys: KeyRegister;
  readonly masks: MaskBook;
  /** What is wrong with a pattern; null: nothing. */
  readonly patternProblem: (pattern: string) => Promise<string | null>;
}

/** What a project hides in its telemetry besides what is always hidden. */
export const maskRoutes = (deps: MaskRouteDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/ingest/masks': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    return { status: 200, body: masksView(await deps.masks.get(projectId)) };
  },
  'PATCH /v1/ingest/masks': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    const { masks } = checked(patchMasksBody, jsonBody(request));
    for (const [index, { pattern }] of masks.entries())
      refuse(`masks.${index}.pattern`, await deps.patternProblem(pattern));
    await deps.masks.put(projectId, masks);
    return { status: 200, body: masksView(masks) };
  },
});

const refuse = (param: string, problem: string | null): void => {
  if (problem === null) return;
  throw new AppError({
    code: 'invalid_request',
    publicMessage: `${param}: ${problem}`,
    facts: { param },
  });
};

const masksView = (masks: readonly MaskPattern[]): object => ({ object: 'ingest_masks', masks });
