import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { searchSchema } from '../../lambdas/sre/formats/sre-schemas.ts';
import { as } from '../support/answer-as.ts';
import { laptopTest } from '../support/deployed-stage.ts';
import { ownE2e } from '../support/e2e.ts';
import { logsBody } from '../support/sre/otlp-sender.ts';
import { sendTelemetry } from '../support/sre/send-telemetry.ts';
import { ownService } from '../support/sre/telemetry-sender.ts';
import { eventually } from '../support/stack.ts';

const e2e = ownE2e(() => ({ CDK_CONTEXT_JSON: JSON.stringify({ search: 'opensearch' }) }));
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

laptopTest(
  'a stage with the setting `search: opensearch` indexes each line and finds it there',
  'another stage would have to be deployed for it',
  async () => {
    const service = ownService();
    const { secret } = await e2e.mint({ scope: 'ingest' });
    const lines = [
      { text: 'the cart is not placed', severity: 17, attributes: { 'order.kind': 'gift' } },
      { text: 'the cart is placed', severity: 9 },
    ];
    expect(
      (await sendTelemetry(e2e.stack, { secret, body: logsBody(service, lines) })).status,
    ).toBe(200);
    const found = async (query: Readonly<Record<string, string>>) => {
      const asked = new URLSearchParams({ service, ...query });
      return await as(searchSchema, e2e.admin('GET', `/v1/logs/search?${asked}`));
    };
    await eventually(async () => {
      const { data } = await found({ q: '"not placed"', 'attribute.order.kind': 'gift' });
      expect(data.map(({ text }) => text)).toEqual(['the cart is not placed']);
    });
    expect((await found({})).data).toHaveLength(2);
    expect((await found({ severity: '17' })).data).toHaveLength(1);
    // The index of this machine, which only a template with a domain has.
    expect(existsSync(join(e2e.stack.stateDir, 'search.sqlite'))).toBe(true);
  },
);
