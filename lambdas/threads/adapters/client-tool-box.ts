import type { ToolBox } from '../ports.ts';
import type { ThreadStore } from '../ports.ts';

/** Tools that came with the request: the client runs them and posts their results. */
export const clientToolBox = (store: Pick<ThreadStore, 'toolResult'>): ToolBox => ({
  offered: async (run) => run.settings.clientTools,
  call: async (run, use) => {
    const block = await store.toolResult(run, use.id);
    return block === null
      ? { kind: 'waits' }
      : {
          kind: 'result',
          block,
          status: block.is_error === true ? 'failed' : 'completed',
          latencyMs: 0,
          attempts: 1,
        };
  },
});
