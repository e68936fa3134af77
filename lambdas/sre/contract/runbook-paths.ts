import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { answers, chapter, json, pageOf, path } from '../../http/openapi-parts.ts';
import {
  createRunbookBody,
  decideRemediationBody,
  patchRemediationSettingsBody,
  patchRunbookBody,
  proposeRemediationBody,
  remediationListSchema,
  remediationSchema,
  remediationSettingsSchema,
  remediationsQuery,
  runbookListSchema,
  runbookSchema,
} from '../formats/runbook-schemas.ts';

const runbooks = chapter('Runbooks');

const AT = 1_796_000_001_500;
const MATCH = { service: 'checkout', environment: null, signal: 'oom' as const, template: null };
const STEP = {
  id: 'restart',
  title: 'Restart checkout',
  action: {
    kind: 'webhook' as const,
    url: 'https://ops.example.com/restart',
    parameters: { service: '{{service}}', environment: '{{environment}}' },
  },
};

const RUNBOOK: z.input<typeof runbookSchema> = {
  object: 'runbook',
  id: 'runbook_01ktt0m6q0h3v5x8y2z4w6p9rs',
  name: 'Checkout is out of memory',
  match: MATCH,
  text: 'Look at the heap first. A restart buys an hour.',
  url: 'https://wiki.example.com/checkout',
  steps: [STEP],
  secret_names: ['signing_secret'],
  revision: 1,
  created_at: AT,
  updated_at: AT,
};

const REMEDIATION: z.input<typeof remediationSchema> = {
  object: 'remediation',
  id: 'remediation_0mx2zv4a3c1f0c3a77b2e5d41402abc4b0',
  incident_id: 'incident_0mx2zv4a3c1f0c3a77b2e',
  runbook_id: RUNBOOK.id,
  runbook_name: RUNBOOK.name,
  runbook_revision: 1,
  step_id: STEP.id,
  step_title: STEP.title,
  state: 'waiting',
  plan: {
    kind: 'webhook',
    target: STEP.action.url,
    headers: {
      'content-type': 'application/json',
      'x-sluice-timestamp': '<the time of sending>',
      'x-sluice-signature': '<HMAC-SHA256 of timestamp.body>',
    },
    body: '{"id":"remediation_0mx2zv4a3c1f0c3a77b2e5d41402abc4b0","type":"remediation","incident_id":"incident_0mx2zv4a3c1f0c3a77b2e","parameters":{"service":"checkout","environment":"production"}}',
  },
  plan_hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  proposed_by: 'key_0123456789abcdef',
  proposed_by_agent: false,
  proposed_at: AT,
  expires_at: AT + 3_600_000,
  decided_by: null,
  decided_at: null,
  ended_at: null,
  result: null,
  url: null,
};

const APPROVED = {
  ...REMEDIATION,
  state: 'approved' as const,
  decided_by: 'key_fedcba9876543210',
  decided_at: AT + 60_000,
};

const SETTINGS = { object: 'remediation_settings' as const, enabled: true, wait_minutes: 60 };

export const RUNBOOK_PATHS: ZodOpenApiPathsObject = {
  '/v1/runbooks': {
    get: {
      ...runbooks('listRunbooks', 'List runbooks'),
      ...answers(
        '200',
        'All of the project, without their texts and steps',
        json(
          runbookListSchema,
          pageOf({
            object: 'runbook_head' as const,
            id: RUNBOOK.id,
            name: RUNBOOK.name,
            match: MATCH,
            revision: 1,
          }),
        ),
      ),
    },
    post: {
      ...runbooks('createRunbook', 'Write down what to do about something'),
      requestBody: json(createRunbookBody, {
        name: RUNBOOK.name,
        match: MATCH,
        text: RUNBOOK.text,
        steps: [STEP],
      }),
      ...answers(
        '201',
        'Nothing is done by it until a person approves a step for an incident',
        json(runbookSchema, { ...RUNBOOK, secret: 'whsec_...' }),
      ),
    },
  },
  '/v1/runbooks/{runbook_id}': {
    get: {
      ...runbooks('getRunbook', 'Get a runbook'),
      requestParams: path('runbook_id'),
      ...answers('200', 'The runbook; its secrets are never shown', json(runbookSchema, RUNBOOK)),
    },
    patch: {
      ...runbooks('updateRunbook', 'Change a runbook'),
      requestParams: path('runbook_id'),
      requestBody: json(patchRunbookBody, { text: 'A restart buys an hour.' }),
      ...answers(
        '200',
        'What waits or was approved by an older revision begins no more',
        json(runbookSchema, { ...RUNBOOK, revision: 2 }),
      ),
    },
    delete: {
      ...runbooks('deleteRunbook', 'Delete a runbook and its secrets'),
      requestParams: path('runbook_id'),
      ...answers(
        '200',
        'What waits or was approved by it begins no more',
        json(
          z.strictObject({
            object: z.literal('runbook'),
            id: z.string(),
            deleted: z.literal(true),
          }),
          { object: 'runbook', id: RUNBOOK.id, deleted: true },
        ),
      ),
    },
  },
  '/v1/remediations': {
    get: {
      ...runbooks('listRemediations', 'List what was proposed for an incident'),
      requestParams: { query: remediationsQuery },
      ...answers('200', 'With what came of it', json(remediationListSchema, pageOf(REMEDIATION))),
    },
    post: {
      ...runbooks('proposeRemediation', 'Propose a step of a runbook for an incident'),
      requestBody: json(proposeRemediationBody, {
        incident_id: REMEDIATION.incident_id,
        runbook_id: RUNBOOK.id,
        step_id: STEP.id,
        dry_run: false,
      }),
      ...answers(
        '201',
        'It waits for a person. One that waits or acts already is answered in its place; a dry run is answered with 200',
        json(remediationSchema, REMEDIATION),
      ),
    },
  },
  '/v1/remediations/{remediation_id}': {
    get: {
      ...runbooks('getRemediation', 'Get a remediation'),
      requestParams: path('remediation_id'),
      ...answers(
        '200',
        'What it sends to the byte, who allowed that, and what came of it',
        json(remediationSchema, REMEDIATION),
      ),
    },
    patch: {
      ...runbooks('decideRemediation', 'Approve or reject a remediation'),
      requestParams: path('remediation_id'),
      requestBody: json(decideRemediationBody, {
        decision: 'approve',
        plan_hash: REMEDIATION.plan_hash,
      }),
      ...answers(
        '200',
        'It begins at once, and once. 409 says why it cannot be approved',
        json(remediationSchema, APPROVED),
      ),
    },
  },
  '/v1/remediations/settings': {
    get: {
      ...runbooks('getRemediationSettings', 'Get whether steps may act'),
      ...answers(
        '200',
        'They may not unless somebody said so',
        json(remediationSettingsSchema, SETTINGS),
      ),
    },
    patch: {
      ...runbooks('updateRemediationSettings', 'Switch actions of steps on or off'),
      requestBody: json(patchRemediationSettingsBody, { enabled: true }),
      ...answers(
        '200',
        'Off: nothing is proposed, approved or begun any more',
        json(remediationSettingsSchema, SETTINGS),
      ),
    },
  },
};
