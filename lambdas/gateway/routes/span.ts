import { systemClock } from '../../platform/clock.ts';
import { AppError } from '../../shared/app-error.ts';
import { SPAN_MS_MAX } from '../formats/usage-format.ts';

const HOUR_MS = 3_600_000;

export interface AskedSpan {
  readonly from_ms?: number | undefined;
  readonly to_ms?: number | undefined;
}

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Throws AppError `invalid_request` for a span that is empty or too long. */
export const spanOf = (asked: AskedSpan, defaultMs: number): Span => {
  const toMs = asked.to_ms ?? systemClock.nowMs() + 1;
  const fromMs = asked.from_ms ?? toMs - defaultMs;
  if (fromMs < toMs && toMs - fromMs <= SPAN_MS_MAX) return { fromMs, toMs };
  throw new AppError({
    code: 'invalid_request',
    publicMessage: 'from_ms: must be before to_ms, at most 400 days apart',
    facts: { param: 'from_ms' },
  });
};

/** Usage is kept by the hour, so a span is reported as the whole hours that it touches. */
export const wholeHours = ({ fromMs, toMs }: Span): Span => ({
  fromMs: Math.floor(fromMs / HOUR_MS) * HOUR_MS,
  toMs: Math.ceil(toMs / HOUR_MS) * HOUR_MS,
});
