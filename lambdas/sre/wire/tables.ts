import { dynamoCalls } from '../../platform/dynamo.ts';
import { dynamoTables } from '../../platform/tables/dynamo-tables.ts';
import type { Tables } from '../../platform/tables/tables.ts';

interface TableNames {
  readonly LOGS_TABLE?: string;
  readonly SRE_TABLE?: string;
  readonly KEYS_TABLE?: string;
}

/** The tables that a function of the room has. */
export const sreTables = ({ LOGS_TABLE, SRE_TABLE, KEYS_TABLE }: TableNames): Tables =>
  dynamoTables({
    call: dynamoCalls(),
    tableNames: {
      ...(SRE_TABLE === undefined ? {} : { sre: SRE_TABLE }),
      ...(LOGS_TABLE === undefined ? {} : { logs: LOGS_TABLE }),
      ...(KEYS_TABLE === undefined ? {} : { keys: KEYS_TABLE }),
    },
  });
