import type { ResponseView } from './responses-views.ts';

/** Things of OpenAI's Responses as they go over the wire. */
export interface WireItem {
  readonly type: string;
  readonly id: string;
  readonly [field: string]: unknown;
}

export type WireResponse = ResponseView;

export interface WireEvent {
  readonly type: string;
  readonly response?: WireResponse;
  readonly [field: string]: unknown;
}
