import type { ToolResultBlock, ToolUseBlock } from '../../../inference/turn/turn.ts';
import { wellFormed } from '../../../shared/characters.ts';
import type { ToolStatus } from '../../domain/run-event.ts';

/** What a call came to, as the model is informed and as history shows. */
export const toolOutcome = (
  use: ToolUseBlock,
  content: ToolResultBlock['content'],
  status: ToolStatus,
  { latencyMs, attempts }: { readonly latencyMs: number; readonly attempts: number },
) => ({
  kind: 'result' as const,
  block: {
    type: 'tool_result' as const,
    tool_use_id: use.id,
    content: wellFormed(content),
    ...(status === 'completed' ? {} : { is_error: true }),
  },
  status,
  latencyMs,
  attempts,
});
