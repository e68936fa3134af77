import { randomUUID } from 'node:crypto';
import type * as z from 'zod';
import type { Handler } from '../../../../http/door.ts';
import { AppError } from '../../../../shared/app-error.ts';
import { decodeCursor, encodeCursor } from '../../../../shared/cursor.ts';
import {
  historyQuery,
  isHidden,
  renderMessage,
  runView,
  toolResultBody,
} from '../formats/message-format.ts';
import { plainTurn } from '../../../formats/plain-turn.ts';
import { resultOf } from '../../../formats/read-content.ts';
import { rowsThatFit } from '../../formats/page-bytes.ts';
import { PAGE_BYTES_MAX } from '../../../domain/limits.ts';
import type { HistoryQuery } from '../../../ports/store.ts';
import type { DialectAlias } from '../../../ports/alias.ts';
import { decisionOf, type ToolAnswer } from '../../../domain/tool-answer.ts';
import { readMessages } from '../../../usecases/read-messages.ts';
import { resumeRun, stopRun } from '../../../usecases/stop-run.ts';
import { storedEvents } from '../../../usecases/take-over.ts';
import { callerOf, runOf, threadOf } from '../../../routes/reach.ts';
import { aliasOfProject } from '../../../routes/aliases.ts';
import type { ThreadRouteDeps } from '../../../routes/route-deps.ts';
import { checked, jsonBody } from '../../../../http/body.ts';

/** Runs and history: what was said, what is at work, and how to stop it. */
export const runRoutes = (deps: ThreadRouteDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/threads/{thread_id}/messages': async (request) => {
    const caller = await callerOf(deps, request);
    const settings = await deps.projects.settings(caller.key.projectId);
    const thread = await threadOf(deps, caller, request.params['thread_id'] ?? '');
    const alias = aliasOfProject(deps.aliases, settings);
    if (alias !== null)
      return { status: 200, body: await alias.readHistory(deps, thread, request.query) };
    const query = checked(historyQuery, request.query);
    const range = rangeOf(query);
    const { messages, hasMore } = await readMessages(deps, thread, range);
    const rows = messages.map(({ seq, steps, resumeCursor }) =>
      query.view === 'user' && isHidden(thread.superseded, seq)
        ? {}
        : renderMessage({ ...thread, steps, resumeCursor }, query.view),
    );
    const count = rowsThatFit(rows, PAGE_BYTES_MAX);
    const last = messages[count - 1]?.seq;
    const isCut = hasMore || count < messages.length;
    return {
      status: 200,
      body: {
        object: 'list',
        data: rows.slice(0, count).filter((row) => 'id' in row),
        has_more: isCut,
        next_cursor: isCut && last !== undefined ? encodeCursor([range.order, String(last)]) : null,
      },
    };
  },
  'GET /v1/runs/{run_id}': async (request) => {
    const caller = await callerOf(deps, request);
    return {
      status: 200,
      body: runView(await runOf(deps, caller, request.params['run_id'] ?? '')),
    };
  },
  'POST /v1/runs/{run_id}/cancel': async (request) => {
    const caller = await callerOf(deps, request);
    const run = await runOf(deps, caller, request.params['run_id'] ?? '');
    const now = await stopRun(deps, run, randomUUID());
    return { status: run.endedAtMs === null ? 202 : 200, body: runView(now ?? run) };
  },
  'POST /v1/threads/{thread_id}/tool-results/{tool_use_id}': async (request) => {
    const caller = await callerOf(deps, request);
    const settings = await deps.projects.settings(caller.key.projectId);
    const raw = jsonBody(request);
    const alias = aliasOfProject(deps.aliases, settings);
    const body = checked(
      toolResultBody,
      plainTurn(alias === null ? raw : alias.readToolResult(raw)),
    );
    const thread = await threadOf(deps, caller, request.params['thread_id'] ?? '');
    const late = alias?.lateResult ?? 'run_ended';
    const run =
      thread.activeRun === null ? null : await deps.store.run({ ...thread, seq: thread.activeRun });
    const toolUseId = request.params['tool_use_id'] ?? '';
    if (run === null) throw callEnded(toolUseId, late);
    const events = await storedEvents(deps, run);
    const waiting = events.findLast((event) => event.type === 'run.requires_action');
    if (waiting === undefined || !waiting.tool_use_ids.includes(toolUseId))
      throw callEnded(toolUseId, late);
    const answer = answerOf(body, toolUseId, (waiting.approval_ids ?? []).includes(toolUseId));
    const outcome = await deps.store.putToolAnswer(run, toolUseId, answer, deps.timers.nowMs());
    if (outcome === 'not_waiting') throw callEnded(toolUseId, late);
    const isStarted = await resumeRun(deps, run, waiting.tool_use_ids);
    return { status: 202, body: { ...runView(run), status: isStarted ? 'active' : run.status } };
  },
});

/** What was said to a call: its result, or a yes or a no. */
const answerOf = (
  body: z.infer<typeof toolResultBody>,
  toolUseId: string,
  wantsApproval: boolean,
): ToolAnswer => {
  if ('approve' in body !== wantsApproval)
    throw new AppError({
      code: 'invalid_request',
      publicMessage: wantsApproval
        ? 'approve: this call waits for true or false'
        : 'content: this call waits for a result',
      facts: { param: wantsApproval ? 'approve' : 'content' },
    });
  if ('approve' in body) return decisionOf(body.approve, body.reason);
  return {
    kind: 'result',
    block: {
      type: 'tool_result',
      tool_use_id: toolUseId,
      content: resultOf(body.content),
      ...(body.is_error === undefined ? {} : { is_error: body.is_error }),
    },
  };
};

const callEnded = (toolUseId: string, code: DialectAlias['lateResult']): AppError =>
  new AppError({
    code,
    publicMessage: `No run waits for a result of ${toolUseId}.`,
    facts: { param: 'tool_use_id' },
  });

const rangeOf = (query: {
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  readonly before_seq?: number | undefined;
  readonly after_seq?: number | undefined;
  readonly cursor?: string | undefined;
}): HistoryQuery => {
  const base = {
    limit: query.limit,
    order: query.order,
    beforeSeq: query.before_seq ?? null,
    afterSeq: query.after_seq ?? null,
  };
  if (query.cursor === undefined) return base;
  const [order = '', seq = ''] = decodeCursor(query.cursor, 2);
  const at = Number(seq);
  if (!Number.isSafeInteger(at) || (order !== 'asc' && order !== 'desc'))
    throw new AppError({
      code: 'cursor_invalid',
      publicMessage: 'cursor: not a cursor of this list',
      facts: { param: 'cursor' },
    });
  return order === 'asc' ? { ...base, order, afterSeq: at } : { ...base, order, beforeSeq: at };
};
