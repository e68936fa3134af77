import { dayBudget } from '../../platform/tables/day-budget.ts';
import type { Tables } from '../../platform/tables/tables.ts';
import type { MailBudget } from '../ports/destinations.ts';

/** `MAIL#<tenant> / <day>` */
export const tableMailBudget = ({ tables }: { readonly tables: Tables }): MailBudget => {
  const budget = dayBudget({ tables, table: 'sre', prefix: '', figure: 'sent_mails' });
  return {
    take: async (tenant, mails, nowMs, max) =>
      await budget.take(`MAIL#${encodeURIComponent(tenant)}`, mails, nowMs, max),
  };
};
