import { EventStreamCodec } from '@smithy/core/event-streams';
import type { WireName } from '../../../lambdas/inference/models/families.ts';
import { utf8Text } from '../../../lambdas/shared/utf8.ts';
import type { Script } from '../scripted-upstream.ts';

/** Frames of AWS's event streams. */
export const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : utf8Text(bytes)),
  (text) => Buffer.from(text),
);

/** What a stream of this wire is sent as. */
export const typeOf = (wire: WireName): Pick<Script, 'type'> =>
  wire === 'bedrock-converse' ? { type: 'application/vnd.amazon.eventstream' } : {};
