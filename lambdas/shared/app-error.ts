/**
 * The closed table of public error codes: HTTP status and whether the same request may succeed later, which every error
 * answer says in `x-should-retry`: the SDKs of OpenAI and Anthropic go by it before they go by the status.
 * One AppError class states what the world may do; the entry turns it into bytes of the caller's dialect.
 */
export const ERROR_TABLE = {
  invalid_json: { status: 400, type: 'invalid_request_error', retryable: false },
  invalid_request: { status: 400, type: 'invalid_request_error', retryable: false },
  invalid_otlp: { status: 400, type: 'invalid_request_error', retryable: false },
  answer_too_large: { status: 400, type: 'invalid_request_error', retryable: false },
  previous_response_not_found: { status: 400, type: 'invalid_request_error', retryable: false },
  cursor_invalid: { status: 400, type: 'invalid_request_error', retryable: false },
  model_not_priced: { status: 400, type: 'invalid_request_error', retryable: false },
  feature_not_priced: { status: 400, type: 'invalid_request_error', retryable: false },
  dialect_not_supported_for_model: { status: 400, type: 'invalid_request_error', retryable: false },
  invalid_api_key: { status: 401, type: 'authentication_error', retryable: false },
  invalid_signature: { status: 401, type: 'authentication_error', retryable: false },
  missing_api_key: { status: 401, type: 'authentication_error', retryable: false },
  key_cap_exceeded: { status: 402, type: 'billing_error', retryable: false },
  project_cap_exceeded: { status: 402, type: 'billing_error', retryable: false },
  in_flight_budget_exhausted: { status: 402, type: 'billing_error', retryable: true },
  request_exceeds_budget: { status: 402, type: 'billing_error', retryable: false },
  admin_scope_required: { status: 403, type: 'permission_error', retryable: false },
  scope_not_allowed: { status: 403, type: 'permission_error', retryable: false },
  model_not_allowed: { status: 403, type: 'permission_error', retryable: false },
  not_found: { status: 404, type: 'not_found_error', retryable: false },
  route_not_found: { status: 404, type: 'not_found_error', retryable: false },
  method_not_allowed: { status: 405, type: 'invalid_request_error', retryable: false },
  model_not_found: { status: 404, type: 'not_found_error', retryable: false },
  call_cancelled: { status: 409, type: 'invalid_request_error', retryable: false },
  request_id_reused: { status: 409, type: 'conflict_error', retryable: false },
  thread_busy: { status: 409, type: 'conflict_error', retryable: true },
  thread_moved: { status: 409, type: 'conflict_error', retryable: false },
  thread_busy_self: { status: 409, type: 'conflict_error', retryable: false },
  run_ended: { status: 409, type: 'conflict_error', retryable: false },
  conflict: { status: 409, type: 'conflict_error', retryable: false },
  block_too_large: { status: 400, type: 'invalid_request_error', retryable: false },
  body_too_large: { status: 413, type: 'request_too_large', retryable: false },
  content_encoding_not_supported: { status: 415, type: 'invalid_request_error', retryable: false },
  content_type_not_supported: { status: 415, type: 'invalid_request_error', retryable: false },
  upgrade_required: { status: 426, type: 'invalid_request_error', retryable: false },
  thread_queue_full: { status: 429, type: 'rate_limit_error', retryable: true },
  too_many_subscriptions: { status: 429, type: 'rate_limit_error', retryable: false },
  too_many_viewers: { status: 429, type: 'rate_limit_error', retryable: true },
  rate_limited: { status: 429, type: 'rate_limit_error', retryable: true },
  concurrency_limited: { status: 429, type: 'rate_limit_error', retryable: true },
  internal: { status: 500, type: 'api_error', retryable: true },
  provider_error: { status: 502, type: 'api_error', retryable: true },
  provider_stream_malformed: { status: 502, type: 'api_error', retryable: true },
  storage_unavailable: { status: 503, type: 'overloaded_error', retryable: true },
  provider_not_configured: { status: 503, type: 'api_error', retryable: false },
  provider_timeout: { status: 504, type: 'api_error', retryable: true },
} as const;

export type ErrorCode = keyof typeof ERROR_TABLE;
/** What a call that ended badly is known by where it is stored: also what a provider alone refuses. */
export type StoredCode = ErrorCode | 'context_length_exceeded';

export interface AppErrorDetail {
  /** What the world may do about it; also the internal name, `room.noun.problem`. */
  readonly code: ErrorCode;
  readonly publicMessage: string;
  /** For the log alone: never a secret, never a prompt. */
  readonly internal?: string;
  /** Facts that join the error object on the wire, e.g. `{ cap_micros: 3_000_000 }` or `{ param: 'max_spend_usd' }`. */
  readonly facts?: Readonly<Record<string, string | number | null>>;
  readonly retryAfterSeconds?: number;
  /** A repetition does not cure this one, whatever the table says of its code. */
  readonly isFinal?: boolean;
  readonly cause?: unknown;
}

export class AppError extends Error {
  /** What is stored beside a bundle has a class of its own: an error is one by its name, whoever made it. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return this === AppError
      ? value instanceof Error && value.name === 'AppError'
      : Function.prototype[Symbol.hasInstance].call(this, value);
  }

  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly publicMessage: string;
  readonly facts: Readonly<Record<string, string | number | null>>;
  readonly retryAfterSeconds: number | null;
  readonly internal: string | null;
  readonly isFinal: boolean;

  constructor(detail: AppErrorDetail) {
    super(detail.internal ?? detail.publicMessage, { cause: detail.cause });
    this.code = detail.code;
    this.publicMessage = detail.publicMessage;
    this.facts = detail.facts ?? {};
    this.retryAfterSeconds = detail.retryAfterSeconds ?? null;
    this.internal = detail.internal ?? null;
    this.isFinal = detail.isFinal ?? false;
  }

  /** The same, which a repetition does not cure. */
  asFinal(): AppError {
    return new AppError({
      code: this.code,
      publicMessage: this.publicMessage,
      facts: this.facts,
      ...(this.internal === null ? {} : { internal: this.internal }),
      isFinal: true,
      cause: this.cause,
    });
  }

  get status(): number {
    return ERROR_TABLE[this.code].status;
  }

  /** The word that is stored of it, where its status cannot be. */
  get storedCode(): StoredCode {
    return this.code;
  }

  get retryable(): boolean {
    return ERROR_TABLE[this.code].retryable && !this.isFinal;
  }
}
