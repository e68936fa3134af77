/** Google's word for a status of HTTP: https://cloud.google.com/apis/design/errors#handling_errors */
export const googleStatus = (status: number): string =>
  WORDS[status] ?? (status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL');

const WORDS: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  // None of theirs means a bill: this one is for what the caller must put right first.
  402: 'FAILED_PRECONDITION',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};
