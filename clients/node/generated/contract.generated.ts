/** SHA-256 of the contract that all of this was made of. */
export const CONTRACT_SHA256 = 'b570e8dd9b471f6d257215d9ea50575800a543810b39d664ed82703b6d4478d6';
