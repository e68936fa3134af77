import { type Handler } from '../../../http/door.ts';
import { TOOLS_MAX } from '../../domain/limits.ts';
import type { RegisteredTool } from '../domain/tool.ts';
import {
  createToolBody,
  listToolsQuery,
  patchTool,
  patchToolBody,
  toolOf,
  toolView,
} from '../formats/tool-format.ts';
import type { ProjectList } from '../../ports/projects.ts';
import { checkUrl, createdOrThrow, foundOrThrow, pageOf } from './project-list-routes.ts';
import type { ReachDeps } from '../../routes/reach.ts';
import { authenticateAdmin, authenticateReader } from '../../../ledger/door.ts';
import { checked, jsonBody } from '../../../http/body.ts';
import type { Timers } from '../../../shared/deps.ts';
import { newWebhookSecret } from '../../../shared/webhook-signature.ts';

export interface ToolRouteDeps extends Pick<ReachDeps, 'keys'> {
  readonly registered: ProjectList<RegisteredTool>;
  readonly isLoopbackAllowed: boolean;
  readonly timers: Timers;
}

/** The registry of a project's tools. */
export const toolRoutes = (deps: ToolRouteDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/tools': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    const body = checked(createToolBody, jsonBody(request));
    checkUrl('webhook_url', body.webhook_url, deps.isLoopbackAllowed);
    const secret = newWebhookSecret();
    const tool = toolOf(body, secret, deps.timers.nowMs());
    await createdOrThrow(deps.registered, projectId, tool, { noun: 'tool', entriesMax: TOOLS_MAX });
    return { status: 201, body: { ...toolView(tool), secret } };
  },
  'GET /v1/tools': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    return await pageOf(deps.registered, projectId, request, {
      query: listToolsQuery,
      view: toolView,
    });
  },
  'GET /v1/tools/{tool_id}': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    const tool = await deps.registered.get(projectId, request.params['tool_id'] ?? '');
    return { status: 200, body: toolView(foundOrThrow(tool, 'tool')) };
  },
  'PATCH /v1/tools/{tool_id}': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    const body = checked(patchToolBody, jsonBody(request));
    checkUrl('webhook_url', body.webhook_url, deps.isLoopbackAllowed);
    const nowMs = deps.timers.nowMs();
    const tool = await deps.registered.change(projectId, request.params['tool_id'] ?? '', (seen) =>
      patchTool(seen, body, nowMs),
    );
    return { status: 200, body: toolView(foundOrThrow(tool, 'tool')) };
  },
  'DELETE /v1/tools/{tool_id}': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    const id = request.params['tool_id'] ?? '';
    const isRemoved = await deps.registered.remove(projectId, id);
    foundOrThrow(isRemoved ? id : null, 'tool');
    return { status: 200, body: { id, object: 'tool', deleted: true } };
  },
});
