interface Page<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
}

/** Where the next page begins, as a part of its query. */
export interface At {
  cursor?: string;
}

/** Every entry of a list, page after page: `every((at) => sluice.listKeys({ query: { status: 'active', ...at } }))`. */
export async function* every<T>(page: (at: At) => PromiseLike<Page<T>>): AsyncGenerator<T> {
  let at: At = {};
  for (;;) {
    const { data, next_cursor } = await page(at);
    yield* data;
    if (next_cursor === null) return;
    at = { cursor: next_cursor };
  }
}
