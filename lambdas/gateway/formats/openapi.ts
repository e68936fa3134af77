import { createDocument } from 'zod-openapi';
import { createKeyBody, listKeysQuery, patchKeyBody, rotateKeyBody } from './key-format.ts';
import { eventsQuery, usageQuery } from './usage-format.ts';

const ok = (description: string) => ({ description });
const json = <T>(schema: T) => ({ content: { 'application/json': { schema } } });

/** The native routes, from the schemas that check them. Dialect routes are their vendors' own contracts. */
export const openApiDocument = (): object =>
  createDocument({
    openapi: '3.1.0',
    info: { title: 'Sluice', version: '1' },
    paths: {
      '/v1/keys': {
        post: {
          requestBody: json(createKeyBody),
          responses: { '201': ok('The key, its secret once') },
        },
        get: {
          requestParams: { query: listKeysQuery },
          responses: { '200': ok('Keys, newest first') },
        },
      },
      '/v1/keys/{key_id}': {
        get: { responses: { '200': ok('The key') } },
        patch: { requestBody: json(patchKeyBody), responses: { '200': ok('The key') } },
        delete: { responses: { '200': ok('The revoked key') } },
      },
      '/v1/keys/{key_id}/rotate': {
        post: {
          requestBody: json(rotateKeyBody),
          responses: { '200': ok('The key, its new secret once') },
        },
      },
      '/v1/keys/{key_id}/usage': {
        get: {
          requestParams: { query: eventsQuery },
          responses: { '200': ok('Calls, newest first') },
        },
      },
      '/v1/key': { get: { responses: { '200': ok('The key that asks') } } },
      '/v1/usage': {
        get: {
          requestParams: { query: usageQuery },
          responses: { '200': ok('Totals and groups') },
        },
      },
      '/v1/usage/export': {
        get: {
          requestParams: { query: usageQuery },
          responses: { '200': ok('Rows as csv or ndjson') },
        },
      },
      '/v1/calls/{request_id}': { get: { responses: { '200': ok('The settlement of a call') } } },
      '/v1/calls/{request_id}/cancel': {
        post: { responses: { '202': ok('The call is being stopped') } },
      },
      '/v1/chat/completions': { post: { responses: { '200': ok('As OpenAI documents it') } } },
      '/v1/messages': { post: { responses: { '200': ok('As Anthropic documents it') } } },
      '/v1/models': { get: { responses: { '200': ok('Models this key may use') } } },
      '/health': { get: { responses: { '200': ok('Up') } } },
    },
  });
