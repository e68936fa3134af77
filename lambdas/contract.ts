import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { gatewayPaths } from './gateway/formats/openapi.ts';
import { threadPaths } from './threads/contract/openapi-paths.ts';

/** What each room adds to the contract; a new room is one line. */
export const CONTRACT: readonly ZodOpenApiPathsObject[] = [gatewayPaths, threadPaths];
