/** What a function's thread is asked: an invocation, its event as the JSON text that Lambda hands over. Those of one turn travel as one message. */
export interface Invocation {
  readonly id: string;
  readonly event: string;
  readonly deadlineMs: number;
}

/** What a function's thread says; all that comes in one turn of its event loop travels as one message. */
export type Said =
  | { readonly type: 'line'; readonly line: string }
  | {
      readonly type: 'head';
      readonly id: string;
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly type: 'chunk'; readonly id: string; readonly parts: Uint8Array[] }
  | { readonly type: 'end'; readonly id: string }
  /** JSON text; undefined: the handler returned nothing. */
  | { readonly type: 'result'; readonly id: string; readonly result: string | undefined }
  | { readonly type: 'error'; readonly id: string; readonly error: string };
