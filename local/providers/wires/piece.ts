const PIECE_CHARS = 12;

/** A text as it comes, some characters at a time. */
export const piecesOf = (text: string): readonly string[] =>
  text.match(new RegExp(`[\\s\\S]{1,${PIECE_CHARS}}`, 'gu')) ?? [];
