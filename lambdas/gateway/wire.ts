import { readEnv } from '../platform/env.ts';
import { wireInference, type Inference } from '../inference/wire.ts';
import { gatewayEnv, type GatewayEnv } from './env.ts';

export interface Gateway {
  readonly env: GatewayEnv;
  readonly inference: Inference;
}

/** Once per cold start. */
export const wireGateway = (): Gateway => ({
  env: readEnv(gatewayEnv),
  inference: wireInference(),
});
