import { gatewayContract } from './gateway/formats/openapi.ts';
import { sreContract } from './sre/contract/openapi-paths.ts';
import { threadContract } from './threads/contract/openapi-paths.ts';

/** What each room adds to the contract; a new room is one line. */
export const CONTRACT = [gatewayContract, threadContract, sreContract] as const;
