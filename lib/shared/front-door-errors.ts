import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type { StageConfig } from './stage-config.ts';

const { ResponseType } = apigateway;

/** API Gateway's own errors, in our shape. Codes are those of the HTTP contract. */
const ERRORS = [
  {
    type: ResponseType.REQUEST_TOO_LARGE,
    status: '413',
    kind: 'request_too_large',
    code: 'body_too_large',
    message:
      'The body does not fit: the whole event is limited to 6291456 bytes, which is 4.5 MB of a file.',
  },
  {
    type: ResponseType.UNSUPPORTED_MEDIA_TYPE,
    status: '415',
    kind: 'invalid_request_error',
    code: 'content_encoding_not_supported',
    message: 'content-encoding: the body cannot be read; send gzip, deflate or none.',
  },
  {
    type: ResponseType.THROTTLED,
    status: '429',
    kind: 'rate_limit_error',
    code: 'rate_limited',
    message: 'Too many requests.',
  },
  {
    type: ResponseType.QUOTA_EXCEEDED,
    status: '429',
    kind: 'rate_limit_error',
    code: 'rate_limited',
    message: 'Too many requests.',
  },
  {
    type: ResponseType.INTEGRATION_TIMEOUT,
    status: '504',
    kind: 'api_error',
    code: 'internal',
    message: 'The answer took too long.',
  },
  {
    type: ResponseType.MISSING_AUTHENTICATION_TOKEN,
    status: '404',
    kind: 'not_found_error',
    code: 'route_not_found',
    message: 'This route does not exist, or not with this method: GET /docs shows all of them.',
  },
  {
    type: ResponseType.ACCESS_DENIED,
    status: '403',
    kind: 'permission_error',
    code: 'admin_scope_required',
    message: 'Access denied.',
  },
  {
    type: ResponseType.DEFAULT_4XX,
    status: undefined,
    kind: 'invalid_request_error',
    code: 'invalid_request',
    message: 'The request is not valid.',
  },
  {
    type: ResponseType.DEFAULT_5XX,
    status: undefined,
    kind: 'api_error',
    code: 'internal',
    message: 'Something failed inside.',
  },
] as const;

/** What API Gateway answers by itself, before or in place of a function. */
export const gatewayErrors = (api: apigateway.RestApi, { corsOrigins }: StageConfig): void => {
  for (const { type, status, kind, code, message } of ERRORS)
    api.addGatewayResponse(type.responseType, {
      type,
      ...(status === undefined ? {} : { statusCode: status }),
      responseHeaders: {
        'access-control-allow-origin': `'${shownOrigin(corsOrigins)}'`,
        'x-request-id': 'context.requestId',
        'request-id': 'context.requestId',
      },
      templates: {
        'application/json': `{"error":{"type":"${kind}","code":"${code}","message":"${message}","request_id":"$context.requestId"}}`,
      },
    });
};

/**
 * A gateway response is not processed by VTL, so it cannot pick the origin that asks: of several origins the first one
 * reads these errors, and pages of the others see a failed request. Functions pick, so all other answers are exact.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
 */
const shownOrigin = (corsOrigins: string): string => {
  const origins = corsOrigins.split(',').map((origin) => origin.trim());
  return origins.includes('*') ? '*' : (origins[0] ?? '*');
};
