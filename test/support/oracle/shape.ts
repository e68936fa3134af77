import type { WireName } from '../../../lambdas/inference/models/families.ts';

/** One answer of a provider, whatever it is. */
export interface Shape {
  readonly name: string;
  readonly wire: WireName;
  readonly isStream: boolean;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly pieces: readonly (string | Uint8Array)[];
  /** `cut` breaks the connection behind the last piece, `gone` before the head. */
  readonly ending: 'end' | 'cut' | 'gone';
}

const JSON_TYPE = { 'content-type': 'application/json' };
const SSE_TYPE = { 'content-type': 'text/event-stream' };
type Fields = Partial<Pick<Shape, 'status' | 'headers' | 'ending'>>;

/** An answer in one body: JSON, or whatever text stands there instead. */
export const whole = (wire: WireName, name: string, body: unknown, fields: Fields = {}): Shape => ({
  name,
  wire,
  isStream: false,
  status: 200,
  headers: JSON_TYPE,
  pieces: [typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)],
  ending: 'end',
  ...fields,
});

export const streamed = (
  wire: WireName,
  name: string,
  pieces: readonly (string | Uint8Array)[],
  fields: Fields = {},
): Shape => ({
  name,
  wire,
  isStream: true,
  status: 200,
  headers: SSE_TYPE,
  pieces,
  ending: 'end',
  ...fields,
});

export const byteByByte = (text: string): readonly Uint8Array[] =>
  Array.from(Buffer.from(text), (byte) => Uint8Array.of(byte));
