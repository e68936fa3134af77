import type { MessageStep, NewMessage } from './thread.ts';

/** A row of what a request says. */
export const stepOfMessage = (
  { role, content, model, name }: NewMessage,
  requestId: string,
  nowMs: number,
): Omit<MessageStep, 'seq' | 'step'> => ({
  isAnswer: false,
  role,
  content,
  status: 'complete',
  stopReason: null,
  model: model ?? null,
  provider: null,
  usage: null,
  costNanoUsd: 0,
  requestId: name ?? requestId,
  createdAtMs: nowMs,
  completedAtMs: nowMs,
  omissions: [],
  tools: [],
  removed: [],
});
