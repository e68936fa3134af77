/** One try of a route: a target, and what came of it. */
export interface RouteStep {
  /** `downgrade`: the cap is near, and the rest follows from that. */
  readonly kind: 'try' | 'skip' | 'used' | 'downgrade';
  readonly model: string;
  readonly region: string | null;
  /** A status, or a word of ours: never what a provider said. */
  readonly outcome: string | null;
}

const WORDS_MAX = 512;
const TIER_MAX = 32;
const MODEL_MAX = 96;

/**
 * What happened to a routed call, as a header says it: `auto; tier=free; try=deepseek-flash:429; used=gpt-5-mini`. Names
 * are percent-encoded where they would be read as something else; what does not fit is left out, the end last.
 */
export const routeWords = (
  name: string,
  tier: string | null,
  steps: readonly RouteStep[],
): string => {
  const head = [
    encoded(name, MODEL_MAX),
    ...(tier === null ? [] : [`tier=${encoded(tier, TIER_MAX)}`]),
  ];
  const all = steps.map(wordOf);
  for (let left = 0; left < all.length; left++) {
    const shown = left === 0 ? all : [`+${left}`, ...all.slice(left)];
    const text = [...head, ...shown].join('; ');
    if (text.length <= WORDS_MAX) return text;
  }
  return head.join('; ');
};

const wordOf = ({ kind, model, region, outcome }: RouteStep): string =>
  kind === 'downgrade'
    ? kind
    : `${kind}=${encoded(model, MODEL_MAX)}${region === null ? '' : `@${region}`}${
        outcome === null ? '' : `:${outcome}`
      }`;

const encoded = (text: string, max: number): string =>
  encodeURIComponent(text.toWellFormed().slice(0, max))
    .replaceAll('%2F', '/')
    .replaceAll('%3A', ':')
    .slice(0, 3 * max);
