import { usd } from './money.ts';
import type { Spend } from './sluice.ts';

/** What is left of the user's cap. */
export const SpendLeft = ({ spend }: { readonly spend: Spend | null }) => {
  if (spend === null || spend.cap_micros === null || spend.available_micros === null) return null;
  const { cap_micros: cap, available_micros: left } = spend;
  return (
    <p className="spend">
      <meter aria-label="Left of your cap" max={cap} value={left} low={cap / 5} />
      {`${exact(left)} of ${usd(cap)} left`}
    </p>
  );
};

const exact = (micros: number): string => `$${(micros / 1e6).toFixed(6)}`;
