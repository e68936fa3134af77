import { LLMock } from '@copilotkit/aimock';

const ANSWER =
  'This answer is simulated on your machine: no provider is configured for this model. Set its API key in the environment and start again to reach the real one.';

/** Stands in for providers without a key: it speaks their wires, streams at a model's pace and reports usage. */
export const startSimulatedProviders = async (): Promise<{
  url: string;
  stop: () => Promise<void>;
}> => {
  const mock = new LLMock({ port: 0, latency: 10, chunkSize: 12, logLevel: 'silent' });
  mock.onMessage(/[\s\S]*/, { content: ANSWER });
  await mock.start();
  return { url: mock.url, stop: async () => await mock.stop() };
};
