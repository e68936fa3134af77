/** How long each token of this text took, ms. */
export declare const delaysIn: (text: string) => readonly number[];
export declare const quantile: (samples: readonly number[], share: number) => number | null;
