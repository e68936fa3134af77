import { type Handler } from '../../../../http/door.ts';
import { patchProjectBody } from '../formats/project-format.ts';
import type { ProjectBook } from '../../../ports/projects.ts';
import type { ReachDeps } from '../../../routes/reach.ts';
import { authenticateAdmin, authenticateReader } from '../../../../ledger/door.ts';
import { checked, jsonBody } from '../../../../http/body.ts';

export interface ProjectRouteDeps extends Pick<ReachDeps, 'keys'> {
  readonly projects: ProjectBook;
}

/** What a project has set for all of its threads. */
export const projectRoutes = (deps: ProjectRouteDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/project': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    const settings = await deps.projects.settings(projectId);
    return { status: 200, body: { id: projectId, object: 'project', ...settings } };
  },
  'PATCH /v1/project': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    const body = checked(patchProjectBody, jsonBody(request));
    await deps.projects.set(projectId, body);
    return { status: 200, body: { id: projectId, object: 'project', ...body } };
  },
});
