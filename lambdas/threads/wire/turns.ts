import { wireInference } from '../../inference/wire.ts';
import { dynamoCalls } from '../../platform/dynamo.ts';
import { outbound, systemResolve } from '../../platform/outbound.ts';
import { callWebhook } from '../tools/adapters/call-webhook.ts';
import { mcpServers } from '../tools/adapters/mcp-servers.ts';
import { mcpTools } from '../tools/adapters/mcp-tools.ts';
import { meteredTurnModel } from '../adapters/metered-turn-model.ts';
import { projectToolBox } from '../tools/adapters/project-tool-box.ts';
import { tableThreadForks } from '../adapters/threads/table-thread-forks.ts';
import { registeredTools } from '../tools/adapters/registered-tools.ts';
import { tableThreadTitles } from '../adapters/threads/table-thread-titles.ts';
import { ALIASES_OF_PROJECTS } from './aliases.ts';
import { wireRuns } from './runs.ts';

/** As at the gateway: what came is kept and settled before the call's time is over. */
const CALL_MARGIN_MS = 10_000;

/** What produces a run: a model to ask, and tools to call. */
export const wireTurns = () => {
  // Most turns are on these wires: they load while the function begins. A turn loads them itself where that failed.
  void import('#beside/turns').catch(() => undefined);
  const call = dynamoCalls();
  const inference = wireInference(call);
  const runs = wireRuns(call, inference);
  const { store, tables, timers, report, isLoopbackAllowed } = runs;
  const send = outbound({ isLoopbackAllowed, resolve: systemResolve });
  return {
    ...runs,
    inference,
    send,
    callMsMax: Number(runs.env.CALL_SECONDS_MAX) * 1_000 - CALL_MARGIN_MS,
    forks: tableThreadForks(tables),
    model: meteredTurnModel(inference),
    titles: tableThreadTitles(tables),
    titleModelSetting: runs.env.TITLE_MODEL,
    tools: projectToolBox({
      store,
      tools: registeredTools(tables),
      webhook: callWebhook({ send, timers, aliases: ALIASES_OF_PROJECTS }),
      mcpServers: mcpServers(tables),
      mcp: mcpTools({ send, timers, report }),
    }),
  };
};
