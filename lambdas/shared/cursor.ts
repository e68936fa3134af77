import { AppError } from './app-error.ts';

/** An opaque place in a list: base64url of its sort keys. */
export const encodeCursor = (parts: readonly string[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url');

/** Throws AppError `cursor_invalid` for anything this server did not give. */
export const decodeCursor = (cursor: string, length: number): readonly string[] => {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parts) && parts.length === length) {
      // No sort key is empty, and DynamoDB accepts none as the place to continue from.
      const texts = parts.filter(
        (part): part is string => typeof part === 'string' && part !== '' && part.isWellFormed(),
      );
      if (texts.length === length) return texts;
    }
  } catch {
    // Falls through: any unreadable cursor is the same error.
  }
  throw cursorInvalid();
};

export const cursorInvalid = (): AppError =>
  new AppError({
    code: 'cursor_invalid',
    publicMessage: 'cursor: not a cursor of this list',
    facts: { param: 'cursor' },
  });
