import type { Notice } from '../domain/notice.ts';
import type { NoticeSecrets, NoticeSenders, Sent } from '../ports/notices.ts';

export interface PostNoticeDeps {
  readonly secrets: Pick<NoticeSecrets, 'read'>;
  readonly send: NoticeSenders;
}

/** By the webhook of a notice; nothing goes out unsigned. */
export const postNotice = async (
  { secrets, send }: PostNoticeDeps,
  notice: Notice,
  body: string,
  untilMs: number,
): Promise<Sent> => {
  const secret = await secrets.read(notice);
  if (secret === '') return { kind: 'refused', reason: 'the notice has no secret to sign with' };
  return await send.post({ url: notice.url, secret, body }, untilMs);
};
