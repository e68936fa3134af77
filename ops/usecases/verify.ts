import { messageOf } from '../../local/message-of.ts';
import * as z from 'zod';
import type { Answer, Ask } from '../ports.ts';

/** The cheapest of each provider that a stage usually has: one call costs about a thousandth of a cent. */
const MODELS = ['gpt-4o-mini', 'claude-haiku-4-5', 'deepseek-flash'] as const;
const CAP_USD = 0.05;
/** Room for a simulated provider, which says what it says whatever the limit is. */
const TOKENS_MAX = 256;
/** One nano-dollar: no call fits. */
const TINY_CAP_USD = '0.000000001';

export interface VerifyDeps {
  readonly ask: Ask;
  /** Runs a check again until it holds; the roll-up is behind the call by a second or so. */
  readonly eventually: (check: () => Promise<void>) => Promise<void>;
  readonly nowMs: () => number;
}

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
  /** What was seen, or why it failed. */
  readonly detail: string;
}

export interface VerifyInput {
  readonly adminKey: string;
  /** null: the cheapest that the stage has. */
  readonly model: string | null;
}

/** Smoke test through the front door. Later checks need earlier ones: the first that fails ends it. Keys are revoked. */
export const verify = async (
  deps: VerifyDeps,
  input: VerifyInput,
  onCheck: (check: Check) => void,
): Promise<readonly Check[]> => {
  const minted: Minted[] = [];
  const walk = new Walk(deps, input, minted);
  const steps: readonly (readonly [string, () => Promise<string>])[] = [
    ['health', async () => await walk.health()],
    ['mint', async () => await walk.mint()],
    ['call', async () => await walk.call()],
    ['cap', async () => await walk.cap()],
    ['usage', async () => await walk.usage()],
    ['revoke', async () => await walk.revoke()],
  ];
  const checks: Check[] = [];
  for (const [name, step] of steps) {
    const check = await checked(deps, name, step);
    checks.push(check);
    onCheck(check);
    if (!check.ok) break;
  }
  for (const { id } of minted)
    await deps.ask('DELETE', `/v1/keys/${id}`, input.adminKey).catch(() => undefined);
  return checks;
};

const checked = async (
  deps: VerifyDeps,
  name: string,
  step: () => Promise<string>,
): Promise<Check> => {
  const startMs = deps.nowMs();
  const done = (ok: boolean, detail: string): Check => ({
    name,
    ok,
    ms: deps.nowMs() - startMs,
    detail,
  });
  try {
    return done(true, await step());
  } catch (error) {
    return done(false, messageOf(error));
  }
};

const mintedKey = z.object({ id: z.string(), secret: z.string() });
type Minted = z.infer<typeof mintedKey>;
const ownKey = z.object({ spent_micros: z.number(), held_micros: z.number() });
const modelList = z.object({ data: z.array(z.object({ id: z.string(), owned_by: z.string() })) });
const usageEvents = z.object({
  data: z.array(z.object({ request_id: z.string(), cost_micros: z.number() })),
});

class Walk {
  private readonly deps: VerifyDeps;
  private readonly input: VerifyInput;
  private readonly minted: Minted[];
  private model = { id: '', owned_by: '' };
  private requestId = '';
  private costMicros = 0;

  constructor(deps: VerifyDeps, input: VerifyInput, minted: Minted[]) {
    this.deps = deps;
    this.input = input;
    this.minted = minted;
  }

  async health(): Promise<string> {
    await this.expect(200, 'GET', '/health', null);
    return 'the front door answers';
  }

  async mint(): Promise<string> {
    const { id } = await this.newKey(CAP_USD);
    return `${id} with a cap of $${CAP_USD}`;
  }

  async call(): Promise<string> {
    this.model = await this.pickModel();
    const answer = await this.complete(this.key(), 200);
    this.requestId = answer.headers.get('x-request-id') ?? '';
    const own = ownKey.parse((await this.expect(200, 'GET', '/v1/key', this.key())).body);
    this.costMicros = own.spent_micros;
    if (own.spent_micros <= 0) throw new Error('the call cost nothing');
    if (own.held_micros !== 0) throw new Error('the call ended, and its hold did not');
    const simulated = answer.headers.get('x-sluice-simulated') === 'true' ? ', simulated' : '';
    return `${this.model.id} (${this.model.owned_by}${simulated}) for ${own.spent_micros} micro-dollars`;
  }

  async cap(): Promise<string> {
    const { secret } = await this.newKey(TINY_CAP_USD);
    const { body } = await this.complete(secret, 402);
    const own = ownKey.parse((await this.expect(200, 'GET', '/v1/key', secret)).body);
    if (own.spent_micros !== 0) throw new Error('a refused call was paid for');
    return `402 ${codeOf(body)}`;
  }

  async usage(): Promise<string> {
    const id = this.minted[0]?.id ?? '';
    await this.deps.eventually(async () => {
      const { body } = await this.expect(200, 'GET', `/v1/keys/${id}/usage`, this.input.adminKey);
      const event = usageEvents.parse(body).data.find((each) => each.request_id === this.requestId);
      if (event === undefined) throw new Error(`no usage event of ${this.requestId} yet`);
      if (event.cost_micros !== this.costMicros)
        throw new Error(`the event says ${event.cost_micros}, the key ${this.costMicros}`);
    });
    return 'the call is in the usage, at the cost that the key paid';
  }

  async revoke(): Promise<string> {
    const [first] = this.minted;
    await this.expect(200, 'DELETE', `/v1/keys/${first?.id ?? ''}`, this.input.adminKey);
    await this.complete(this.key(), 401);
    return 'a revoked key is refused at once';
  }

  private key(): string {
    return this.minted[0]?.secret ?? '';
  }

  private async newKey(maxSpendUsd: number | string): Promise<Minted> {
    const { body } = await this.expect(201, 'POST', '/v1/keys', this.input.adminKey, {
      name: 'ops verify',
      max_spend_usd: maxSpendUsd,
    });
    const key = mintedKey.parse(body);
    this.minted.push(key);
    return key;
  }

  private async pickModel(): Promise<{ id: string; owned_by: string }> {
    const { data } = modelList.parse(
      (await this.expect(200, 'GET', '/v1/models', this.key())).body,
    );
    const names = this.input.model === null ? MODELS : [this.input.model];
    const found = names.flatMap((name) => data.find(({ id }) => id === name) ?? [])[0] ?? data[0];
    if (this.input.model !== null && found?.id !== this.input.model)
      throw new Error(`the stage has no model ${this.input.model}`);
    if (found === undefined)
      throw new Error('no provider is configured: npm run ops -- provider-key set openai');
    return found;
  }

  private async complete(key: string, status: number): Promise<Answer> {
    const path = this.model.owned_by === 'anthropic' ? '/v1/messages' : '/v1/chat/completions';
    return await this.expect(status, 'POST', path, key, {
      model: this.model.id,
      max_tokens: TOKENS_MAX,
      messages: [{ role: 'user', content: 'Say hello.' }],
    });
  }

  private async expect(
    status: number,
    method: string,
    path: string,
    key: string | null,
    body?: unknown,
  ): Promise<Answer> {
    const answer = await this.deps.ask(method, path, key, body);
    if (answer.status === status) return answer;
    throw new Error(`${method} ${path}: ${answer.status} ${codeOf(answer.body)}, not ${status}`);
  }
}

const errorBody = z.object({ error: z.object({ code: z.string() }) });
const codeOf = (body: unknown): string => {
  const parsed = errorBody.safeParse(body);
  return parsed.success ? parsed.data.error.code : '';
};
