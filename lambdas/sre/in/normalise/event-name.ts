/** tracing (Rust) names each plain event after its place in the source, `event src/main.rs:12`: that is no name. */
const SOURCE_POSITION = /^(?:event )?\S{1,300}\.rs:\d{1,7}$/;

export const eventNameOf = (name: unknown): string | null =>
  typeof name === 'string' && name !== '' && !SOURCE_POSITION.test(name) ? name : null;
