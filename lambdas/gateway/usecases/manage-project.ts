import type { ProjectCap, ProjectCaps } from '../../ledger/ports/project-caps.ts';
import { AppError } from '../../shared/app-error.ts';
import { capOf } from '../formats/key-format.ts';
import type { PatchProjectBody } from '../formats/project-format.ts';

/** What one answer takes at most; a project of more keys is asked again, and continues where it ended. */
const BIND_MS = 20_000;

export interface ProjectChangedBy {
  readonly projectId: string;
  readonly keyId: string;
  readonly nowMs: number;
}

/**
 * Sets or removes the cap of a project and tells its keys. A body that names nothing continues to tell them.
 * Throws AppError `invalid_request` for a period without a cap.
 */
export const patchProject = async (
  caps: ProjectCaps,
  { projectId, keyId, nowMs }: ProjectChangedBy,
  body: PatchProjectBody,
): Promise<ProjectCap> => {
  const { budget } = await caps.get(projectId, nowMs);
  const capNanoUsd =
    body.max_spend_usd === undefined ? (budget?.capNanoUsd ?? null) : capOf(body.max_spend_usd);
  if (capNanoUsd === null && body.period !== undefined)
    throw new AppError({
      code: 'invalid_request',
      publicMessage:
        'period: there is no cap that it could be the period of: name max_spend_usd too.',
      facts: { param: 'period' },
    });
  if (body.max_spend_usd !== undefined || body.period !== undefined) {
    const period = body.period ?? budget?.period ?? 'lifetime';
    await caps.set(projectId, capNanoUsd === null ? null : { capNanoUsd, period }, {
      keyId,
      nowMs,
    });
  }
  await caps.bind(projectId, nowMs + BIND_MS);
  return await caps.get(projectId, nowMs);
};
