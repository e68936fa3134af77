/** What a provider takes of files whose bytes come with the request. null: it reads addresses itself. */
export interface FileLimits {
  readonly image: FileLimit | null;
  readonly document: FileLimit | null;
  /** Of all files together. */
  readonly bytesMax: number;
}

export interface FileLimit {
  readonly bytesMax: number;
  readonly countMax: number;
}
