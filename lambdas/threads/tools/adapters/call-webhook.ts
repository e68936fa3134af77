import * as z from 'zod';
import type { ToolResultBlock, ToolUseBlock } from '../../../inference/turn/turn.ts';
import {
  AnswerRefused,
  boundedText,
  OutboundRefused,
  type SendOutbound,
} from '../../../platform/outbound.ts';
import { wellFormed } from '../../../shared/characters.ts';
import { TOOL_ANSWER_BYTES_MAX, WEBHOOK_PAUSE_MS, WEBHOOK_TRIES_MAX } from '../../domain/limits.ts';
import { outputContent } from '../../domain/output-content.ts';
import { aliasAmong } from '../../domain/project.ts';
import type { Run } from '../../domain/thread.ts';
import type { Aliases } from '../../ports/alias.ts';
import { runIdOf } from '../../domain/thread-ids.ts';
import type { RegisteredTool } from '../domain/tool.ts';
import { toolOutcome } from '../domain/tool-outcome.ts';
import { webhookSignature } from '../../../shared/webhook-signature.ts';
import type { CallWebhook } from '../ports/tool-calls.ts';
import type { Timers } from '../../../shared/deps.ts';

export interface CallWebhookDeps {
  readonly send: SendOutbound;
  readonly timers: Timers;
  readonly aliases: Aliases;
}

const answerSchema = z.looseObject({
  output: z.json(),
  is_error: z.boolean().nullish(),
});

/** What one try came to. */
type Try =
  | {
      readonly kind: 'answered';
      readonly content: ToolResultBlock['content'];
      readonly isError: boolean;
    }
  | { readonly kind: 'failed'; readonly why: string; readonly mayRepeat: boolean };

/**
 * One POST, signed, and up to two more when the tool's server fails or cannot be reached, all within the tool's
 * time. A tool may thus be called more than once for one `tool_use_id` of a run.
 */
export const callWebhook =
  (deps: CallWebhookDeps): CallWebhook =>
  async (tool, run, use, signal) => {
    const startMs = deps.timers.nowMs();
    const time = AbortSignal.timeout(tool.timeoutMs);
    const either = AbortSignal.any([signal, time]);
    const body = bodyOf(run, use);
    let attempts = 0;
    const ended = (
      content: ToolResultBlock['content'],
      status: 'completed' | 'failed' | 'timed_out' | 'cancelled',
    ) =>
      toolOutcome(use, content, status, {
        latencyMs: deps.timers.nowMs() - startMs,
        attempts,
      });
    for (;;) {
      attempts++;
      const outcome = await oneTry(deps, tool, run, body, either);
      if (signal.aborted) return ended('The call was cancelled.', 'cancelled');
      if (outcome.kind === 'answered')
        return ended(outcome.content, outcome.isError ? 'failed' : 'completed');
      if (time.aborted)
        return ended(`The tool did not answer within ${tool.timeoutMs} ms.`, 'timed_out');
      if (!outcome.mayRepeat || attempts >= WEBHOOK_TRIES_MAX) return ended(outcome.why, 'failed');
      await deps.timers.sleep(WEBHOOK_PAUSE_MS * 2 ** (attempts - 1), either);
    }
  };

const bodyOf = (run: Run, use: ToolUseBlock): string =>
  JSON.stringify({
    tool_use_id: use.id,
    name: use.name,
    input: use.input,
    thread_id: run.threadId,
    run_id: runIdOf(run.threadId, run.seq),
    end_user_id: run.endUserId,
  });

const oneTry = async (
  deps: CallWebhookDeps,
  tool: RegisteredTool,
  run: Run,
  body: string,
  signal: AbortSignal,
): Promise<Try> => {
  const timestampMs = deps.timers.nowMs();
  const signature = webhookSignature(tool.secret, timestampMs, body);
  try {
    const answer = await deps.send(
      {
        url: tool.webhookUrl,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
          'user-agent': 'sluice',
          'x-sluice-timestamp': String(timestampMs),
          'x-sluice-signature': signature,
          'x-sluice-run-id': runIdOf(run.threadId, run.seq),
          ...aliasAmong(deps.aliases, Object.keys(run.settings.dialects))?.webhookHeaders({
            timestampMs,
            signature,
          }),
        },
        body,
      },
      signal,
    );
    if (answer.status >= 200 && answer.status <= 299)
      return readAnswer(await boundedText(answer.body, TOOL_ANSWER_BYTES_MAX));
    answer.body.destroy();
    return {
      kind: 'failed',
      why: `The tool answered with HTTP status ${answer.status}.`,
      mayRepeat: answer.status >= 500,
    };
  } catch (error) {
    if (error instanceof OutboundRefused)
      return {
        kind: 'failed',
        why: `The call was refused: ${error.message}.`,
        mayRepeat: false,
      };
    // It was called, so it is not called again.
    if (error instanceof AnswerRefused)
      return { kind: 'failed', why: `The answer was refused: ${error.message}.`, mayRepeat: false };
    return { kind: 'failed', why: 'The tool could not be reached.', mayRepeat: true };
  }
};

const readAnswer = (text: string): Try => {
  const parsed = answerSchema.safeParse(jsonOrNull(text));
  if (!parsed.success)
    return {
      kind: 'failed',
      why: 'The tool answered with something other than {"output": ...}.',
      mayRepeat: false,
    };
  const { output, is_error: isError } = wellFormed(parsed.data);
  return {
    kind: 'answered',
    content: outputContent(output),
    isError: isError === true,
  };
};

const jsonOrNull = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
