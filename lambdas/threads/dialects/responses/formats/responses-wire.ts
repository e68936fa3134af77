/** Things of OpenAI's Responses as they go over the wire. */
export interface WireItem {
  readonly type: string;
  readonly id: string;
  readonly [field: string]: unknown;
}

export type ResponseStatus =
  | 'queued'
  | 'in_progress'
  | 'completed'
  | 'incomplete'
  | 'cancelled'
  | 'failed';

export interface WireResponse {
  readonly id: string;
  readonly status: ResponseStatus;
  readonly output: readonly WireItem[];
  readonly [field: string]: unknown;
}

export interface WireEvent {
  readonly type: string;
  readonly response?: WireResponse;
  readonly [field: string]: unknown;
}
