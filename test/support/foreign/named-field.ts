const KIND = /\.(type|role|source|image_url|input_audio|file|inlineData|fileData)$/;

/** A refusal names a field, what it stands in, or what stands in it, wherever in a list that is. */
export const isNamed = (param: string, path: string): boolean => {
  const plain = (text: string) => text.replaceAll(/\.\d+/g, '');
  // A kind that is not served is named by its type, and a file by its own field, whatever beside it was asked for.
  const [left, right] = [plain(param).replace(KIND, ''), plain(path)];
  return left.startsWith(right) || right.startsWith(left);
};

/** null, and what has nothing in it. */
export const isNothing = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && Object.keys(value ?? {}).length === 0);
