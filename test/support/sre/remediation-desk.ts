import { awsClient } from '../../../lambdas/platform/aws/aws-client.ts';
import { awsJsonCalls } from '../../../lambdas/platform/aws/aws-json-client.ts';
import { outbound, systemResolve, type SendOutbound } from '../../../lambdas/platform/outbound.ts';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { act, look, type ActDeps } from '../../../lambdas/sre/actions/act.ts';
import { tableIncidentStore } from '../../../lambdas/sre/adapters/table-incident-store.ts';
import { tableRemediationStore } from '../../../lambdas/sre/adapters/table-remediation-store.ts';
import {
  readRemediation,
  remediationText,
} from '../../../lambdas/sre/formats/remediation-message.ts';
import { GITHUB_URL } from '../../../lambdas/sre/runbooks/plan.ts';
import type { Remediation } from '../../../lambdas/sre/runbooks/remediation.ts';
import type { RunbookAction } from '../../../lambdas/sre/runbooks/runbook.ts';
import { helpOf } from '../../../lambdas/sre/tickets/help-of.ts';
import { decideRemediation } from '../../../lambdas/sre/usecases/decide-remediation.ts';
import { proposeRemediation } from '../../../lambdas/sre/usecases/propose-remediation.ts';
import { runRemediation } from '../../../lambdas/sre/usecases/run-remediation.ts';
import { GITHUB_TOKEN } from '../github-stand-in.ts';
import { MemoryTables } from '../memory-tables.ts';
import { DOCUMENT } from '../systems-manager-stand-in.ts';
import { TENANT } from './delivered.ts';
import { INCIDENT_ID, liveIncident, runbookOf } from './runbooks.ts';

const HOUR_MS = 3_600_000;
/** As the queue is made. */
const VISIBLE_AGAIN_MS = 360_000;
const RECEIVES_MAX = 5;

/** What becomes of a write of a step: storage refuses it, or the process ends with it. */
export type Unwritten = 'refused' | 'death';

interface Message {
  readonly text: string;
  readonly atMs: number;
  readonly receives: number;
}

class Death extends Error {
  override readonly name = 'Death';
}

/** Where the names of GitHub and of Systems Manager lead. */
export interface Elsewhere {
  readonly githubUrl: string;
  readonly systemsManagerUrl: string;
}

const toStandIn = outbound({ isLoopbackAllowed: true, resolve: systemResolve });
const sendTo =
  (githubUrl: string): SendOutbound =>
  async (request, signal) =>
    await toStandIn({ ...request, url: request.url.replace(GITHUB_URL, githubUrl) }, signal);

/** An incident, a step that somebody approved, and the queue of whoever does it. */
export class RemediationDesk {
  nowMs = 1_790_000_000_000;
  failed = 0;
  /** null: each write of a step is well. */
  unwritten: Unwritten | null = null;
  private readonly tables = new MemoryTables();
  private readonly remediations = tableRemediationStore({ tables: this.tables });
  private readonly incidents = tableIncidentStore({ tables: this.tables });
  private messages: Message[] = [];
  private readonly runbook;
  private readonly elsewhere: Elsewhere;

  constructor(action: RunbookAction, elsewhere: Elsewhere) {
    this.elsewhere = elsewhere;
    this.runbook = runbookOf({ steps: [{ id: 'restart', title: 'Restart checkout', action }] });
  }

  /** Proposed and approved; answers its id. */
  async approve(): Promise<string> {
    const { remediations, incidents, deps, nowMs } = this;
    const after = liveIncident({ openedMs: nowMs });
    const step = { revision: 1, atMs: nowMs, by: 'sluice', kind: 'opened', text: 'x' } as const;
    await incidents.commit({
      tenant: TENANT,
      version: null,
      changes: [{ before: null, after, step }],
      marks: [],
    });
    await remediations.setSettings(TENANT, { isEnabled: true, waitMs: HOUR_MS });
    const { id, planHash } = await proposeRemediation(deps, {
      tenant: TENANT,
      incidentId: INCIDENT_ID,
      runbookId: this.runbook.id,
      stepId: 'restart',
      by: 'ada',
      isAgent: false,
      isDryRun: false,
    });
    const decision = { kind: 'approve', planHash } as const;
    await decideRemediation(deps, { tenant: TENANT, id, by: 'bob', decision });
    await this.deps.queue.send([{ tenant: TENANT, remediationId: id }], 0);
    return id;
  }

  /** The next message, at its time. */
  async next(): Promise<void> {
    const [message] = this.messages.toSorted((left, right) => left.atMs - right.atMs);
    if (message === undefined) throw new Error('there is no message');
    this.messages = this.messages.filter((one) => one !== message);
    this.nowMs = Math.max(this.nowMs, message.atMs);
    await this.deliver(message.text).catch((error: unknown) => {
      if (!(error instanceof AppError || error instanceof Death)) throw error;
      const [atMs, receives] = [this.nowMs + VISIBLE_AGAIN_MS, message.receives + 1];
      if (receives <= RECEIVES_MAX) this.messages.push({ ...message, atMs, receives });
    });
  }

  async deliver(text: string): Promise<void> {
    const input = { task: readRemediation(text), untilMs: this.nowMs + 60_000 };
    await runRemediation(this.deps, input);
  }

  get waiting(): readonly Message[] {
    return this.messages;
  }

  async stored(): Promise<Remediation> {
    const [one] = await this.remediations.list(TENANT, INCIDENT_ID);
    if (one === undefined) throw new Error('there is no remediation');
    return one;
  }

  async told(): Promise<readonly string[]> {
    const steps = await this.incidents.steps(TENANT, INCIDENT_ID);
    return steps.flatMap(({ kind, text }) => (kind === 'remediation' ? [text] : []));
  }

  async onTicket() {
    return helpOf(null, [await this.stored()], this.nowMs, (text) => text).remediations;
  }

  private get deps(): Parameters<typeof runRemediation>[0] &
    Parameters<typeof proposeRemediation>[0] {
    const { remediations, incidents } = this;
    const acting: ActDeps = {
      outbound: sendTo(this.elsewhere.githubUrl),
      lambda: async () => await Promise.reject(new Error('no function is called')),
      systemsManager: awsJsonCalls(
        awsClient({
          place: {
            endpoint: this.elsewhere.systemsManagerUrl,
            region: 'us-east-1',
            credentials: { accessKeyId: 'a', secretAccessKey: 's', sessionToken: null },
          },
          signingName: 'ssm',
          limits: { socketsMax: 1, connectTimeoutMs: 5_000, requestTimeoutMs: 15_000 },
          attemptsMax: 1,
          retryBaseMs: 100,
          nowMs: Date.now,
        }),
        { version: '1.1', target: 'AmazonSSM' },
      ),
      region: 'us-east-1',
      allowed: new Set([DOCUMENT]),
      mask: (text) => text.replaceAll('4111', '<card>'),
      nowMs: () => this.nowMs,
    };
    const change: typeof remediations.change = async (after) => {
      if (this.unwritten === 'death') throw new Death();
      if (this.unwritten === 'refused')
        throw new AppError({ code: 'storage_unavailable', publicMessage: 'down' });
      return await remediations.change(after);
    };
    return {
      remediations: { ...remediations, change },
      incidents,
      runbooks: { get: async () => await Promise.resolve(this.runbook) },
      secrets: {
        read: async () => await Promise.resolve({ github_token: GITHUB_TOKEN }),
      },
      queue: {
        send: async (tasks, afterMs) => {
          for (const task of tasks)
            this.messages.push({
              text: remediationText(task),
              atMs: this.nowMs + afterMs,
              receives: 1,
            });
          await Promise.resolve();
        },
      },
      act: act(acting),
      look: look(acting),
      newAttemptId: () => 'attempt-1',
      timers: { nowMs: () => this.nowMs, sleep: async () => await Promise.resolve() },
      metrics: { record: () => void (this.failed += 1) },
      report: (message, error) => {
        throw new Error(message, { cause: error });
      },
    };
  }
}
