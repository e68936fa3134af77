import type { SendAws } from '../../platform/aws/aws-client.ts';
import type { JsonCall } from '../../platform/aws/aws-json-client.ts';
import type { SendOutbound } from '../../platform/outbound.ts';
import { sendOnce } from '../../platform/send-once.ts';
import type { Act, Look } from '../ports/runbooks.ts';
import { invokeFunction, lookAtAutomation, startAutomation } from './aws-actions.ts';
import { lookAtRun } from './github-run.ts';
import { dispatchWorkflow } from './github-workflow.ts';
import { callWebhook } from './webhook.ts';
import { outcome, shownWithout } from './words.ts';

export interface ActDeps {
  readonly outbound: SendOutbound;
  /** Repeats nothing. */
  readonly lambda: SendAws;
  /** Repeats nothing. */
  readonly systemsManager: JsonCall;
  readonly region: string;
  /** ARNs that the stage's settings allow; the function's role allows the same. */
  readonly allowed: ReadonlySet<string>;
  readonly mask: (text: string) => string;
  readonly nowMs: () => number;
}

/** Sends what was planned, by the one way of its kind. */
export const act =
  (deps: ActDeps): Act =>
  async (plan, { secrets, untilMs }) => {
    const { nowMs } = deps;
    const shown = shownWithout(secrets, deps.mask);
    const send = sendOnce({ send: deps.outbound, nowMs, untilMs });
    switch (plan.kind) {
      case 'webhook': {
        const secret = secrets['signing_secret'] ?? '';
        return await callWebhook(plan, { send, secret, nowMs, shown });
      }
      case 'github_workflow': {
        const token = secrets['github_token'] ?? '';
        return await dispatchWorkflow(plan, { send, token, shown });
      }
      case 'lambda':
      case 'ssm_document': {
        if (!deps.allowed.has(plan.target))
          return outcome('failed', 'Nothing was sent: the settings of the stage do not allow it.');
        const { lambda, systemsManager: call, region } = deps;
        return plan.kind === 'lambda'
          ? await invokeFunction(plan, { send: lambda, shown })
          : await startAutomation(plan, { call, region, shown });
      }
    }
  };

/** Asks who took it how it is. A function and a webhook have answered before. */
export const look =
  ({ outbound, systemsManager: call, mask, nowMs }: ActDeps): Look =>
  async (plan, { id, secrets, untilMs }) => {
    const shown = shownWithout(secrets, mask);
    switch (plan.kind) {
      case 'ssm_document':
        return await lookAtAutomation(id, { call, shown });
      case 'github_workflow': {
        const send = sendOnce({ send: outbound, nowMs, untilMs });
        return await lookAtRun(plan, id, { send, token: secrets['github_token'] ?? '', shown });
      }
      case 'lambda':
      case 'webhook':
        return { kind: 'unheard', why: 'Nobody can ask it.' };
    }
  };
