import { checked, jsonBody } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { authenticateAdmin, authenticateReader } from '../../ledger/door.ts';
import type { KeyDoor } from '../../ledger/ports.ts';
import type { ProjectCaps } from '../../ledger/ports/project-caps.ts';
import { systemClock } from '../../platform/clock.ts';
import { patchProjectBody, projectView } from '../formats/project-format.ts';
import { patchProject } from '../usecases/manage-project.ts';

export interface ProjectRoutesDeps {
  readonly keys: KeyDoor;
  readonly caps: ProjectCaps;
}

/** The project itself: the cap that its keys have together. */
export const projectRoutes = ({
  keys,
  caps,
}: ProjectRoutesDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/project/cap': async (request) => {
    const { projectId } = await authenticateReader(keys, request);
    const nowMs = systemClock.nowMs();
    return { status: 200, body: projectView(await caps.get(projectId, nowMs), nowMs) };
  },
  'PATCH /v1/project/cap': async (request) => {
    const { projectId, keyId } = await authenticateAdmin(keys, request);
    const body = checked(patchProjectBody, jsonBody(request));
    const nowMs = systemClock.nowMs();
    const project = await patchProject(caps, { projectId, keyId, nowMs }, body);
    return { status: 200, body: projectView(project, nowMs) };
  },
});
