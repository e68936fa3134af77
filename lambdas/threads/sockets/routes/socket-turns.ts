import { randomUUID } from 'node:crypto';
import { newHoldId, requestIdOf } from '../../../shared/ids.ts';
import { bodyHashes } from '../../domain/body-hash.ts';
import { FUNCTION_MS_MAX } from '../../domain/limits.ts';
import { checked } from '../../../http/body.ts';
import { plainTurn } from '../../formats/plain-turn.ts';
import { settingsOf } from '../../formats/turn-settings.ts';
import { blocksOf } from '../../formats/read-content.ts';
import { acceptedFrame } from '../formats/socket-frames.ts';
import {
  cancelMessage,
  messageOf,
  sendMessage,
  socketMessage,
  unknownType,
} from '../formats/socket-messages.ts';
import { postMessage } from '../../usecases/post-message.ts';
import type { RunTurnDeps } from '../../usecases/run-types.ts';
import { stopRun } from '../../usecases/stop-run.ts';
import { placeOnly, runOf, threadOf, type ReachDeps } from '../../routes/reach.ts';
import type { MessageHandler } from './socket-messages.ts';

/** Turns and their ends, over a socket: the same use cases as over HTTP. */
export const turnHandler =
  (deps: RunTurnDeps & ReachDeps): MessageHandler =>
  async (from, text) => {
    const { type } = socketMessage(text);
    switch (type) {
      case 'send':
        return await send(deps, from, text);
      case 'cancel': {
        const { run_id: runId } = messageOf(cancelMessage, text);
        const run = await runOf(deps, from.caller, runId);
        return acceptedFrame((await stopRun(deps, run, randomUUID())) ?? run, null);
      }
      default:
        throw unknownType(type);
    }
  };

const send = async (
  deps: RunTurnDeps & ReachDeps,
  { socket, caller }: Parameters<MessageHandler>[0],
  text: string,
): Promise<string> => {
  const {
    type: _type,
    thread_id: threadId,
    ...body
  } = checked(sendMessage, plainTurn(socketMessage(text).raw));
  const thread = await threadOf(deps, caller, threadId);
  const nowMs = deps.timers.nowMs();
  const holdId = newHoldId(nowMs);
  const { run } = await postMessage(deps, {
    place: placeOnly(thread),
    credential: { keyId: socket.keyId, secretHash: socket.secretHash },
    requestId: body.request_id,
    // Of the same address as over HTTP: what broke here may be sent again there.
    ...bodyHashes(`/v1/threads/${threadId}/messages`, body),
    call: { holdId, requestId: requestIdOf(socket.keyId, holdId) },
    messages: [{ role: 'user', content: blocksOf(body.content) }],
    supersedesFrom: null,
    settings: settingsOf({ ...body, stream: true }, null),
    concurrency: body.concurrency,
    nonce: randomUUID(),
    deadlineMs: nowMs + FUNCTION_MS_MAX,
    // API Gateway waits 29 s for a route, so another function produces the run: this one only writes the turn.
    isBackground: true,
  });
  return acceptedFrame(run, body.request_id);
};
