import { dynamoCalls } from '../platform/dynamo.ts';
import { systemClock } from '../platform/clock.ts';
import { readEnv } from '../platform/env.ts';
import { recordMetrics } from '../platform/metrics.ts';
import { outbound, systemResolve } from '../platform/outbound.ts';
import { secretParameters } from '../platform/parameters.ts';
import { sesClient, sesSender } from '../platform/ses.ts';
import { dynamoTables } from '../platform/tables/dynamo-tables.ts';
import { timers } from '../platform/timers.ts';
import { dynamoKeyRegister } from './adapters/dynamo-key-register.ts';
import { dynamoProjectSettings } from './adapters/dynamo-project-settings.ts';
import { noticeSenders } from './adapters/notice-senders.ts';
import { parameterNoticeSecrets } from './adapters/parameter-notice-secrets.ts';
import { settingsNoticeBook } from './adapters/settings-notice-book.ts';
import { tableNoticeHealth } from './adapters/table-notice-health.ts';
import { tableNoticeMailBudget } from './adapters/table-notice-mail-budget.ts';
import { tableSendingMarks } from './adapters/table-sending-marks.ts';
import { noticesEnv } from './env.ts';
import type { KeyRegister } from './ports.ts';
import type { NoticeBook, NoticeSecrets } from './ports/notices.ts';
import type { SendNoticesDeps } from './usecases/send-notices.ts';

/** All that notices are sent by, and set by. */
export interface Notices extends SendNoticesDeps {
  readonly keys: KeyRegister;
  readonly secrets: NoticeSecrets;
  readonly notices: NoticeBook;
  /** true on a laptop alone: a webhook may be on this machine. */
  readonly isLoopbackAllowed: boolean;
}

export const wireNotices = (): Notices => {
  const env = readEnv(noticesEnv);
  const tables = dynamoTables({ call: dynamoCalls(), tableNames: { keys: env.KEYS_TABLE } });
  const isLoopbackAllowed = env.LOCAL_WEBHOOKS === 'allow';
  return {
    isLoopbackAllowed,
    notices: settingsNoticeBook(dynamoProjectSettings({ tables })),
    keys: dynamoKeyRegister({ tables }),
    secrets: parameterNoticeSecrets({
      parameters: secretParameters(),
      prefix: env.NOTICE_SECRETS_PREFIX,
    }),
    marks: tableSendingMarks({ tables }),
    health: tableNoticeHealth({ tables }),
    mailBudget: tableNoticeMailBudget({ tables }),
    send: noticeSenders({
      outbound: outbound({ isLoopbackAllowed, resolve: systemResolve }),
      mail: sesSender({ send: sesClient(), from: env.MAIL_FROM }),
      timers,
      random: Math.random,
    }),
    clock: systemClock,
    metrics: { record: recordMetrics },
  };
};
