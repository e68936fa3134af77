import * as z from 'zod';
import { utf8Text } from '../../shared/utf8.ts';
import type { UpstreamAnswer } from '../ports/providers.ts';
import { withoutAccount } from '../wires/provider-account.ts';
import { parsedJson } from '../wires/provider-message.ts';
import type { CompleteAnswer, CompleteDeps, CompleteInput, HeldCall } from './call-types.ts';
import { isProviderFailure, recordProviderFailure } from './call-metrics.ts';
import { accountRefused } from './provider-refusal.ts';
import { readInto } from './read-answer.ts';
import { NOTHING_CAME, settleCall } from './settle-call.ts';
import type { Stop } from './stop-call.ts';

/** What the SDKs go by before they ask again. */
const RETRY_HEADERS = ['retry-after', 'retry-after-ms', 'x-should-retry'] as const;

/**
 * An answer with an error status passes with what shows a client when to ask again, and costs nothing. Of the account that
 * was asked it says nothing.
 */
export const passError = async (
  deps: CompleteDeps,
  input: CompleteInput,
  held: HeldCall,
  stop: Stop,
  upstream: UpstreamAnswer,
): Promise<CompleteAnswer> => {
  const body = await readRefusal(upstream, stop, async () => {
    await settleCall(deps, input, held, { status: 'released', ...NOTHING_CAME });
  });
  return refusedByProvider(deps, input, held, upstream, body);
};

/** A refusal to its end. Whatever comes of the reading, the hold is released. */
export const readRefusal = async (
  upstream: UpstreamAnswer,
  stop: Stop,
  release: () => Promise<void>,
): Promise<Buffer> => {
  const received: Uint8Array[] = [];
  try {
    await readInto(received, upstream);
  } finally {
    stop.end();
    await release();
  }
  return Buffer.concat(received);
};

/** What a caller reads of a refusal, after nothing is held for it any more. Throws AppError where it is of the account. */
export const refusedByProvider = (
  deps: CompleteDeps,
  input: Pick<CompleteInput, 'requestId'>,
  held: Pick<HeldCall, 'account' | 'route'>,
  upstream: Pick<UpstreamAnswer, 'status' | 'headers'>,
  body: Buffer,
): CompleteAnswer => {
  const refused = accountRefused(held.account, upstream.status, body);
  if (refused !== null || isProviderFailure(upstream.status)) recordProviderFailure(deps, held);
  if (refused !== null) throw refused;
  const theirs = upstream.headers['request-id'] ?? upstream.headers['x-request-id'];
  return {
    status: upstream.status,
    headers: {
      'content-type': upstream.headers['content-type'] ?? 'application/json',
      ...retryHeaders(upstream.headers),
      ...(theirs === undefined ? {} : { 'x-sluice-provider-request-id': theirs }),
    },
    body: withOurId(body, input.requestId),
  };
};

/** When its client is to ask again, by the provider's word. */
export const retryHeaders = (
  headers: UpstreamAnswer['headers'],
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    RETRY_HEADERS.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

const named = z.looseObject({ request_id: z.string() });

/** Where a body names its request, it names ours, and the provider's beside it. */
const withOurId = (bytes: Buffer, requestId: string): Uint8Array => {
  const text = utf8Text(bytes);
  const shown = withoutAccount(text);
  const { data: body } = named.safeParse(parsedJson(shown));
  if (body === undefined) return shown === text ? bytes : Buffer.from(shown);
  const { request_id: theirs, ...rest } = body;
  return Buffer.from(
    JSON.stringify({ ...rest, request_id: requestId, provider_request_id: theirs }),
  );
};
