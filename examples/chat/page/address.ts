export const threadOfAddress = (): string | null =>
  new URL(location.href).searchParams.get('thread');

export const addressOf = (threadId: string): URL => {
  const url = new URL(location.href);
  url.searchParams.set('thread', threadId);
  return url;
};
