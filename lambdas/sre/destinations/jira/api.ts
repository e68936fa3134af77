import type * as z from 'zod';
import type { WireParts } from '../../ports/destinations.ts';
import { readAnswer, type Asked, type Read, type Reader } from '../shared/read-answer.ts';
import { jiraWords } from './answers.ts';
import type { JiraDialect } from './dialect.ts';
import { jiraSettings, type JiraSettings } from './settings.ts';

export interface JiraApi {
  readonly settings: JiraSettings;
  readonly dialect: JiraDialect;
  ask<T>(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    options: { readonly asked: Asked; readonly body?: object; readonly schema: z.ZodType<T> },
  ): Promise<Read<T>>;
}

export const jiraApi = (parts: WireParts, dialect: JiraDialect): JiraApi => {
  const settings = jiraSettings.parse(parts.destination.settings);
  const reader: Reader = { nowMs: parts.nowMs, secrets: dialect.secrets, words: jiraWords };
  return {
    settings,
    dialect,
    ask: async (method, path, { asked, body, schema }) => {
      const answer = await parts.send({
        url: `${settings.url}${dialect.api}${path}`,
        method,
        headers: {
          authorization: dialect.authorization,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? null : JSON.stringify(body),
      });
      return readAnswer(reader, asked, answer, schema);
    },
  };
};
