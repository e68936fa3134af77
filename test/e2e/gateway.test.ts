import { afterAll, beforeAll, describe } from 'vitest';
import { sharedE2e } from '../support/e2e.ts';
import { badInputTests } from './bad-input.ts';
import { callTests } from './calls.ts';
import { firstMinutesTests } from './first-minutes.ts';
import { keyTests } from './keys.ts';
import { moneyTests } from './money.ts';
import { providerTests } from './providers.ts';
import { restartTests } from './restarts.ts';
import { sdkTests } from './sdks.ts';
import { usageTests } from './usage.ts';

/** The themes share one stack; what ends it comes last. */
const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

describe('calls', () => callTests(e2e));
describe('money', () => moneyTests(e2e));
describe('bad input', () => badInputTests(e2e));
describe('keys', () => keyTests(e2e));
describe('sdks', () => sdkTests(e2e));
describe('providers', () => providerTests(e2e));
describe('usage', () => usageTests(e2e));
describe('first minutes', () => firstMinutesTests(e2e));
describe('restarts', () => restartTests(e2e));
