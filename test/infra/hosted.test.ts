import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkHosted } from '../../local/hosted.ts';
import { checkPermitted } from '../../local/lambda/permissions.ts';
import { readTemplates } from '../../local/template.ts';
import { stageApp } from '../support/stage.ts';

test.each([
  {},
  { waf: 'rate', alarmEmail: 'operator@example.com' },
  { streaming: 'buffered' },
  { search: 'opensearch' },
])(
  'a laptop hosts every resource of stage %j, or knows that it means nothing there; all that calls a function may',
  (settings) => {
    const outdir = mkdtempSync(join(tmpdir(), 'sluice-hosted-'));
    stageApp(settings, outdir).app.synth();
    const resources = readTemplates(outdir);
    expect(resources.length).toBeGreaterThan(100);
    checkHosted(resources);
    checkPermitted(resources);
  },
);
