/** SHA-256 of the contract that all of this was made of. */
export const CONTRACT_SHA256 = '04a146cfc913ea10487402f62efeae322333b9b715eb00261d67118555f65f5d';
