import type { ThreadStore } from '../../ports/store.ts';
import type { ToolBox } from '../../ports/tools.ts';

/** Tools that came with the request: the client runs them and posts their results. */
export const clientToolBox = (store: Pick<ThreadStore, 'toolAnswer'>): ToolBox => ({
  offered: async (run) => run.settings.clientTools,
  call: async (run, use) => {
    const answer = await store.toolAnswer(run, use.id);
    return answer?.kind !== 'result'
      ? { kind: 'waits', wants: 'result' }
      : {
          kind: 'result',
          block: answer.block,
          status: answer.block.is_error === true ? 'failed' : 'completed',
          latencyMs: 0,
          attempts: 1,
        };
  },
  timeMs: async () => await Promise.resolve(0),
});
