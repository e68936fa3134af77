/** What OpenSearch knows and this does not: answered by its name, never by a guess. */
export class NotHosted extends Error {
  override readonly name = 'NotHosted';
  constructor(what: string) {
    super(`the local OpenSearch does not know ${what}`);
  }
}

/** Status and body. */
export type Answered = readonly [number, object];

/** An error as OpenSearch writes it. */
export const refused = (status: number, type: string, reason: string): Answered => [
  status,
  { error: { root_cause: [{ type, reason }], type, reason }, status },
];
