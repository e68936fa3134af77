import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { secretProviderAccounts } from '../../lambdas/inference/adapters/secret-provider-accounts.ts';
import { secretReader } from '../../lambdas/platform/secrets.ts';
import { localPlace } from '../support/local-calls.ts';
import { listen } from '../support/listen.ts';

describe('the provider accounts in their secret', () => {
  let text = '{}';
  let reads = 0;
  let readSecret: () => Promise<string>;
  let stop = (): void => undefined;
  beforeAll(async () => {
    const app = new Hono();
    app.post('/', (context) => {
      reads += 1;
      return text === 'broken'
        ? context.json({ __type: 'InternalServiceError' }, 400)
        : context.json({ ARN: 'arn', Name: 'providers', SecretString: text });
    });
    const { server, port } = await listen(app, 0);
    stop = () => void server.close();
    readSecret = secretReader('providers', localPlace(`http://127.0.0.1:${port}`), 1);
  });
  afterAll(() => stop());
  const accounts = (nowMs: () => number = () => 0) =>
    secretProviderAccounts({ readSecret, clock: { nowMs } });

  test('a provider needs a key or a base URL, and has its own dialect and address', async () => {
    text = JSON.stringify({
      openai: { api_key: 'sk-1' },
      anthropic: { base_url: 'https://proxy.example', simulated: true },
      deepseek: {},
      ollama: { base_url: 'http://127.0.0.1:11434' },
      groq: { api_key: 'g', base_url: 'https://groq.example/openai/v1' },
      nobody: { api_key: 'n' },
    });
    expect(await accounts().list()).toEqual([
      {
        name: 'openai',
        wire: 'openai-chat',
        baseUrl: 'https://api.openai.com/v1',
        apiKey: 'sk-1',
        simulated: false,
      },
      {
        name: 'anthropic',
        wire: 'anthropic-messages',
        baseUrl: 'https://proxy.example',
        apiKey: null,
        simulated: true,
      },
      {
        name: 'ollama',
        wire: 'openai-chat',
        baseUrl: 'http://127.0.0.1:11434/v1',
        apiKey: null,
        simulated: false,
      },
      {
        name: 'groq',
        wire: 'openai-chat',
        baseUrl: 'https://groq.example/openai/v1',
        apiKey: 'g',
        simulated: false,
      },
    ]);
    expect(await accounts().get('deepseek')).toBeNull();
  });

  test('the secret is read once a minute, and a new key counts after it', async () => {
    let nowMs = 0;
    const cached = accounts(() => nowMs);
    text = '{"openai":{"api_key":"old"}}';
    const before = reads;
    for (nowMs of [0, 30_000, 59_999]) expect((await cached.get('openai'))?.apiKey).toBe('old');
    expect(reads).toBe(before + 1);
    text = '{"openai":{"api_key":"new"}}';
    nowMs = 60_000;
    expect((await cached.get('openai'))?.apiKey).toBe('new');
  });

  test.each(['sk-a-raw-key-instead-of-json', '{"openai":{"api_key":5}}'])(
    'a secret that cannot be read fails without a word of it: %s',
    async (wrong) => {
      text = wrong;
      const failure = await accounts()
        .list()
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: 'provider_not_configured',
        internal: expect.stringContaining('provider secret'),
      });
      expect(`${String(failure)} ${JSON.stringify(failure)}`).not.toContain('sk-a-raw');
    },
  );

  test('a secret that cannot be reached refuses: 503', async () => {
    text = 'broken';
    await expect(accounts().list()).rejects.toMatchObject({ code: 'storage_unavailable' });
  });
});
