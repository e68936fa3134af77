import { OutboundRefused, type SendOutbound } from '../../../platform/outbound.ts';
import type { Timers } from '../../../shared/deps.ts';
import { signedHeaders } from '../../../shared/webhook-signature.ts';
import { NOTICE_TIMEOUT_MS } from '../domain/limits.ts';
import type { NotifyJob } from '../ports/job-calls.ts';

/** One signed POST through the outbound guard. Its id is the job's, the same at each try. */
export const postNotice =
  ({
    send,
    timers,
  }: {
    readonly send: SendOutbound;
    readonly timers: Pick<Timers, 'nowMs'>;
  }): NotifyJob =>
  async ({ url, secret }, id, body) => {
    try {
      const answer = await send(
        {
          url,
          method: 'POST',
          headers: {
            ...signedHeaders(secret, timers.nowMs(), body),
            'content-length': String(Buffer.byteLength(body)),
            'user-agent': 'sluice',
            'x-sluice-webhook-id': id,
          },
          body,
        },
        AbortSignal.timeout(NOTICE_TIMEOUT_MS),
      );
      answer.body.destroy();
      return {
        isDelivered: answer.status >= 200 && answer.status <= 299,
        words: `status ${answer.status}`,
      };
    } catch (error) {
      const words =
        error instanceof OutboundRefused ? `refused: ${error.message}` : 'could not be reached';
      return { isDelivered: false, words };
    }
  };
