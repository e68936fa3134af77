import { contentSample } from './content-sample.ts';
import type { ContentSampler } from '../ports/content.ts';

export interface LogContentSamplerDeps {
  /** Of the calls, 0 to 1. */
  readonly share: number;
  readonly random: () => number;
  readonly log: (message: string, facts: Readonly<Record<string, string>>) => void;
}

/** Samples of content as log lines, where a stage has switched them on. */
export const logContentSampler = ({
  share,
  random,
  log,
}: LogContentSamplerDeps): ContentSampler => ({
  offer: ({ requestId, keyId, model, body, answer }) => {
    // At a share of 0 not even the draw is made.
    if (share <= 0 || random() >= share) return;
    log('content sample', {
      request_id: requestId,
      key_id: keyId,
      model,
      ...contentSample(body, answer),
    });
  },
});
