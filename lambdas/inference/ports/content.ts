/** Keeps the content of a share of the calls for the operator, where a stage asks for it; none by default. Never throws. */
export interface ContentSampler {
  offer(call: {
    readonly requestId: string;
    readonly keyId: string;
    readonly model: string;
    readonly body: Readonly<Record<string, unknown>>;
    readonly answer: string;
  }): void;
}
