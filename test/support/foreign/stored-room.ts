import type { Settlement } from '../../../lambdas/ledger/domain/usage.ts';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { chatRoom } from '../chat-room.ts';
import { textOf } from '../engine-room.ts';
import { KEY_ID, PROJECT } from '../key-items.ts';
import { roomFetch } from '../room-fetch.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../scripted-upstream.ts';
import { threadClient } from '../thread-client.ts';
import type { Day } from './days-told.ts';
import { wireOf } from './families.ts';
import { BY_CHAT } from './file-room.ts';
import { speak } from './spoken.ts';

/** What a day costs: nothing (null), or this. */
type Cost = Pick<Settlement, 'status' | 'tokens' | 'costNanoUsd' | 'estimated'> | null;

/** A room of threads whose provider has a bad day, for the clients of each of its dialects. */
export interface StoredRoom {
  readonly fetch: typeof fetch;
  readonly ada: ReturnType<typeof threadClient>;
  readonly upstream: ScriptedUpstream;
  /** The provider has this day. */
  has(day: Day, model: string): void;
  /** The provider is well again. */
  recovers(model: string): void;
  /** What is held, and by how many. */
  held(): Promise<readonly number[]>;
  /** Does this, and says how often the provider was asked, what it cost, and what is held after it. */
  paid(ask: () => Promise<void>): Promise<Paid>;
  /** What the same words cost on the route of chat completions, on the same day. */
  asChat(day: Day, model: string): Promise<Cost>;
}

/** What Gemini thought unseen is billed by the time that it had, where it counts nothing. */
export const comparedCost = (cost: Cost, model: string): object | null => {
  if (cost?.estimated !== true || wireOf(model) !== 'gemini') return cost;
  const { input, cacheRead } = cost.tokens;
  return { status: cost.status, estimated: cost.estimated, input, cacheRead };
};

interface Paid {
  readonly requests: number;
  readonly cost: Cost;
  readonly held: readonly number[];
}

export const startStoredRoom = async (): Promise<StoredRoom> => {
  const upstream = await startScriptedUpstream();
  const room = await chatRoom(upstream.url);
  const { room: engine } = room;
  await engine.deps.keys.patch(PROJECT, KEY_ID, { capNanoUsd: null }, Date.now());
  const fetch = roomFetch(room);
  const api = async (method: string, path: string, _key: string, body?: unknown) =>
    await fetch(`http://127.0.0.1${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const has = (day: Day, model: string): void => {
    upstream.script = day.script(wireOf(model), model);
  };
  const held = async (): Promise<readonly number[]> => {
    const { heldNanoUsd, holdCount } = await engine.state();
    return [heldNanoUsd, holdCount];
  };
  const paid = async (ask: () => Promise<void>): Promise<Paid> => {
    const [before, asked] = [await engine.state(), upstream.requests.length];
    await ask();
    const { spentNanoUsd } = await engine.state();
    const last = (await engine.last()) ?? null;
    const nanoUsd = spentNanoUsd - before.spentNanoUsd;
    if (last !== null && last.status !== 'released' && nanoUsd !== last.costNanoUsd)
      throw new Error(`${nanoUsd} was spent, and the last call cost ${last.costNanoUsd}`);
    return {
      requests: upstream.requests.length - asked,
      cost: costOf(last),
      held: await held(),
    };
  };
  return {
    fetch,
    ada: threadClient({ api }, 'k'),
    upstream,
    has,
    held,
    recovers: (model) => {
      upstream.script = speak(wireOf(model), model, { words: ['fine'] });
    },
    paid,
    asChat: async (day, model) => {
      has(day, model);
      const messages = [{ role: 'user', content: 'hi' }];
      const body = JSON.stringify({ model, max_tokens: 100, messages, stream: true });
      const { cost } = await paid(async () => {
        try {
          await textOf(await engine.send(Buffer.from(body), { wire: 'openai-chat', ...BY_CHAT }));
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
        }
      });
      return cost;
    },
  };
};

const costOf = (last: Settlement | null): Cost => {
  if (last === null || last.status === 'released') return null;
  const { status, tokens, costNanoUsd, estimated } = last;
  return { status, tokens, costNanoUsd, estimated };
};
