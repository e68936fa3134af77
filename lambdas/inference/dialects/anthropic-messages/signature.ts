import { OWN_MARK } from '../../wires/anthropic-messages/own-marks.ts';

/**
 * A thought of a model that signs none is shown with the name of its model where a signature stands: its client sends it
 * back as it came, and only that model gets it.
 */
export const unsignedBy = (model: string): string =>
  `${OWN_MARK}${Buffer.from(model).toString('base64url')}`;

/** The model that such a signature names; null: it is a signature. */
export const writerOf = (signature: string): string | null =>
  signature.startsWith(OWN_MARK)
    ? Buffer.from(signature.slice(OWN_MARK.length), 'base64url').toString('utf8')
    : null;
