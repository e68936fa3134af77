import { checked, jsonBody } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { listBody } from '../../http/lists.ts';
import type { HttpRequest } from '../../http/request.ts';
import { authenticateAdmin, authenticateReader } from '../../ledger/door.ts';
import { NOTICE_LIMITS, type Notice } from '../../ledger/domain/notice.ts';
import type { KeyDoor } from '../../ledger/ports.ts';
import type { NoticeBook, NoticeEditor, NoticeSecrets } from '../../ledger/ports/notices.ts';
import { testNotice, type TestNoticeDeps } from '../../ledger/usecases/test-notice.ts';
import { AppError } from '../../shared/app-error.ts';
import { newNoticeId } from '../../shared/ids.ts';
import { webOrigin } from '../../shared/web-origin.ts';
import { newWebhookSecret } from '../../shared/webhook-signature.ts';
import {
  changedNotice,
  createNoticeBody,
  noticeOfBody,
  noticeProblem,
  noticeView,
  patchNoticeBody,
} from '../formats/notice-format.ts';

export interface NoticeRouteDeps extends TestNoticeDeps {
  readonly keys: KeyDoor;
  readonly notices: NoticeBook;
  readonly secrets: NoticeSecrets;
  /** true on a laptop alone. */
  readonly isLoopbackAllowed: boolean;
}

/** Who is told of a project's caps; all of it an admin key's. */
export const noticeRoutes = (deps: NoticeRouteDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/notices': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    const found = await deps.notices.list(projectId);
    const views = await Promise.all(found.map(async (notice) => await viewOf(deps, notice)));
    return { status: 200, body: listBody(views, null) };
  },
  'POST /v1/notices': async (request) => await create(deps, request),
  'GET /v1/notices/{notice_id}': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    return { status: 200, body: await viewOf(deps, await ofRequest(deps, projectId, request)) };
  },
  'PATCH /v1/notices/{notice_id}': async (request) => await change(deps, request),
  'DELETE /v1/notices/{notice_id}': async (request) => {
    const { projectId, editor } = await editorOf(deps, request);
    const id = idOf(request);
    if (!(await deps.notices.remove(projectId, id, editor))) throw missing(id);
    await deps.secrets.remove(id);
    return { status: 200, body: { id, object: 'notice', deleted: true } };
  },
  'POST /v1/notices/{notice_id}/test': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    const notice = await ofRequest(deps, projectId, request);
    const { problem, latencyMs } = await testNotice(deps, notice);
    return {
      status: 200,
      body: {
        object: 'notice_test',
        notice_id: notice.id,
        ok: problem === null,
        latency_ms: latencyMs,
        problem,
      },
    };
  },
});

const viewOf = async ({ health }: NoticeRouteDeps, notice: Notice) =>
  noticeView(notice, await health.read(notice.id));

const idOf = ({ params }: HttpRequest): string => params['notice_id'] ?? '';

const missing = (id: string): AppError =>
  new AppError({ code: 'not_found', publicMessage: `The notice ${id} does not exist.` });

const ofRequest = async (
  { notices }: NoticeRouteDeps,
  projectId: string,
  request: HttpRequest,
): Promise<Notice> => {
  const id = idOf(request);
  const found = (await notices.list(projectId)).find((notice) => notice.id === id);
  if (found === undefined) throw missing(id);
  return found;
};

const editorOf = async (
  { keys, clock }: NoticeRouteDeps,
  request: HttpRequest,
): Promise<{ readonly projectId: string; readonly editor: NoticeEditor }> => {
  const { projectId, keyId } = await authenticateAdmin(keys, request);
  return { projectId, editor: { byKeyId: keyId, nowMs: clock.nowMs() } };
};

const create = async (deps: NoticeRouteDeps, request: HttpRequest): ReturnType<Handler> => {
  const { projectId, editor } = await editorOf(deps, request);
  const body = checked(createNoticeBody, jsonBody(request));
  const notice = noticeOfBody(body, { id: newNoticeId(), projectId, nowMs: editor.nowMs });
  check(deps, notice, body.signing_secret);
  const secret = notice.kind === 'webhook' ? (body.signing_secret ?? newWebhookSecret()) : null;
  // First: what is listed can be signed.
  if (secret !== null) await deps.secrets.write(notice.id, secret);
  let isCreated = false;
  try {
    isCreated = await deps.notices.create(notice, editor);
  } finally {
    // It may be there although its answer was lost.
    if (!isCreated && secret !== null && !(await isThere(deps, notice)))
      await deps.secrets.remove(notice.id);
  }
  if (!isCreated)
    throw new AppError({
      code: 'conflict',
      publicMessage: `A project has at most ${NOTICE_LIMITS.noticesMax} notices.`,
    });
  const view = await viewOf(deps, notice);
  return { status: 201, body: secret === null ? view : { ...view, secret } };
};

const isThere = async ({ notices }: NoticeRouteDeps, { projectId, id }: Notice): Promise<boolean> =>
  (await notices.list(projectId)).some((notice) => notice.id === id);

const change = async (deps: NoticeRouteDeps, request: HttpRequest): ReturnType<Handler> => {
  const { projectId, editor } = await editorOf(deps, request);
  const body = checked(patchNoticeBody, jsonBody(request));
  const before = await ofRequest(deps, projectId, request);
  const planned = changedNotice(before, body, editor.nowMs);
  check(deps, planned, body.signing_secret);
  // A host that could pass on what is signed for another one is not to have that one's signature.
  const isMinted =
    body.signing_secret === undefined && webOrigin(planned.url) !== webOrigin(before.url);
  const secret = isMinted ? newWebhookSecret() : body.signing_secret;
  // First: whoever reads the notice's next revision reads it too.
  if (secret !== undefined) await deps.secrets.write(before.id, secret);
  const after = await deps.notices.change(
    projectId,
    before.id,
    (seen) => changedNotice(seen, body, editor.nowMs),
    editor,
  );
  if (after === null) throw missing(before.id);
  const view = await viewOf(deps, after);
  return { status: 200, body: isMinted ? { ...view, secret } : view };
};

const check = (
  { isLoopbackAllowed }: NoticeRouteDeps,
  notice: Notice,
  secret: string | undefined,
): void => {
  const problem = noticeProblem(notice, secret !== undefined, isLoopbackAllowed);
  if (problem === null) return;
  const [param = ''] = problem.split(':');
  throw new AppError({ code: 'invalid_request', publicMessage: problem, facts: { param } });
};
