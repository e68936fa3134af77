/** A block with an unmistakable signal. */
export interface HotBlock {
  readonly block: string;
  readonly stampMs: number;
  /** As `summaryText` wrote it. */
  readonly summary: string;
}

/** The same, with whose it is. */
export interface ArrivedBlock extends HotBlock {
  readonly tenant: string;
}

/** Asks for the evaluation of a tenant, so many seconds from now. */
export interface EvaluationRequest {
  readonly tenant: string;
  readonly delaySeconds: number;
  /** Hot blocks: the index may not show them yet. */
  readonly hot: readonly HotBlock[];
}
