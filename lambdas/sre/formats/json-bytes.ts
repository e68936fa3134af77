/** For `refine`: as it is stored, an item of which has 400 KB in all. */
export const jsonBytesMax =
  (bytesMax: number) =>
  (value: unknown): boolean =>
    Buffer.byteLength(JSON.stringify(value)) <= bytesMax;
