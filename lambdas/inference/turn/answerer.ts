/** Who answers a turn. */
export interface Answerer {
  /** The name that it was asked by. */
  readonly model: string;
  readonly provider: string;
  /** How a route came to it; absent: none was followed. */
  readonly route?: string;
  /** It is made up here. */
  readonly simulated?: true;
}
