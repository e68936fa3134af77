import * as z from 'zod';

/** A settlement comes with the end of its answer or a moment later; nobody waits longer for it than this. */
const WAIT_MS = 2_000;
const WAITING_MAX = 1_000;

export interface Answered {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  /** Whether it may have called a model: then its money is waited for. */
  readonly isCall: boolean;
}

/** What the metric of a settled call says beside its figures. */
const settled = z.object({
  request_id: z.string(),
  key_id: z.string(),
  model: z.string(),
  status: z.string(),
  input_tokens: z.string(),
  output_tokens: z.string(),
  SettledMicros: z.number(),
});
type Settled = z.infer<typeof settled>;

interface Deps {
  readonly print: (line: string) => void;
  /** The end user of a key, or its name; null: unknown. */
  readonly userOf: (keyId: string) => Promise<string | null>;
  readonly nowMs: () => number;
}

interface Waiting {
  readonly answered: Answered | null;
  readonly settled: Settled | null;
  readonly timer: NodeJS.Timeout;
}

/** A line a request on the terminal, with the money of its call; a call that no request waited for has one too. */
export class RequestLines {
  private readonly deps: Deps;
  private readonly waiting = new Map<string, Waiting>();

  constructor(deps: Deps) {
    this.deps = deps;
  }

  answered(answered: Answered): void {
    if (answered.method === 'OPTIONS' || answered.path === '/health') return;
    if (!answered.isCall || answered.status >= 400) this.say(answered, null);
    else this.meet(answered.requestId, { answered, settled: null });
  }

  /** A parsed line of a function's log. */
  line(line: unknown): void {
    // Most lines say nothing of money, and to refuse one by its schema costs more than to read it.
    if (typeof line !== 'object' || line === null || !('SettledMicros' in line)) return;
    const { data } = settled.safeParse(line);
    if (data !== undefined) this.meet(data.request_id, { answered: null, settled: data });
  }

  private meet(requestId: string, half: Omit<Waiting, 'timer'>): void {
    const other = this.waiting.get(requestId);
    if (other !== undefined) {
      clearTimeout(other.timer);
      this.waiting.delete(requestId);
      this.say(half.answered ?? other.answered, half.settled ?? other.settled);
      return;
    }
    if (this.waiting.size >= WAITING_MAX) return this.say(half.answered, half.settled);
    const timer = setTimeout(() => {
      this.waiting.delete(requestId);
      this.say(half.answered, half.settled);
    }, WAIT_MS);
    timer.unref();
    this.waiting.set(requestId, { ...half, timer });
  }

  private say(answered: Answered | null, paid: Settled | null): void {
    const at = new Date(this.deps.nowMs()).toISOString().slice(11, 19);
    const request =
      answered === null
        ? 'after its request'
        : `${answered.method} ${answered.path} ${answered.status} ${answered.ms} ms`;
    const requestId = answered?.requestId ?? paid?.request_id ?? '';
    const print = (money: string): void =>
      this.deps.print(`${at}  ${request}  ${money}${requestId}`.trimEnd());
    if (paid === null) {
      const keyId = answered === null || answered.status < 400 ? null : keyIdOf(requestId);
      if (keyId === null) return print('');
      return void this.holder(keyId).then((holder) => print(`${holder}  `));
    }
    const { key_id: keyId, model, input_tokens, output_tokens, status } = paid;
    const usd = (paid.SettledMicros / 1e6).toFixed(6);
    const ending = status === 'completed' ? '' : `${status} `;
    const tokens = `${input_tokens} in ${output_tokens} out`;
    void this.holder(keyId).then((holder) =>
      print(`${holder}  ${model}  ${tokens}  $${usd}  ${ending}`),
    );
  }

  /** Who holds a key, and the key. */
  private async holder(keyId: string): Promise<string> {
    const user = await this.deps.userOf(keyId).catch(() => null);
    return user === null ? keyId : `${user} ${keyId}`;
  }
}

/** The key that an id of a request names; null: it came without one. */
const keyIdOf = (requestId: string): string | null => {
  const [, key = NO_KEY] = /^req_([0-9a-z]{16})[0-9a-z]{26}$/.exec(requestId) ?? [];
  return key === NO_KEY ? null : `key_${key}`;
};
const NO_KEY = '0'.repeat(16);

export const requestLines = (
  print: Deps['print'],
  users: { readonly of: Deps['userOf'] },
): RequestLines =>
  new RequestLines({ print, userOf: async (keyId) => await users.of(keyId), nowMs: Date.now });
