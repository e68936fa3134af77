/** SHA-256 of the contract that all of this was made of. */
export const CONTRACT_SHA256 = '97d66f2c47d366e189299b9209b06b457ea92cdf3b6ea60918bf6e4d405b4162';
