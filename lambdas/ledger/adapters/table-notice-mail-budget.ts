import { dayBudget } from '../../platform/tables/day-budget.ts';
import type { Tables } from '../../platform/tables/tables.ts';
import type { NoticeMailBudget } from '../ports/notices.ts';

/** `NOTICE#<notice> / MAIL#<day>` */
export const tableNoticeMailBudget = ({
  tables,
}: {
  readonly tables: Tables;
}): NoticeMailBudget => {
  const budget = dayBudget({ tables, table: 'keys', prefix: 'MAIL#', figure: 'sent_mails' });
  return {
    take: async (noticeId, mails, nowMs, max) =>
      await budget.takeSome(`NOTICE#${noticeId}`, mails, nowMs, max),
  };
};
