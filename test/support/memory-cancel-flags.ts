import type { CancelFlags } from '../../lambdas/ledger/ports.ts';

export const memoryCancelFlags = (): CancelFlags => {
  const raised = new Set<string>();
  return {
    raise: async (keyId, holdId) => void raised.add(`${keyId}|${holdId}`),
    isRaised: async (keyId, holdId) => raised.has(`${keyId}|${holdId}`),
  };
};
