/** SHA-256 of the contract that all of this was made of. */
export const CONTRACT_SHA256 = '9b0a1ed51bd4db474d54ef4d8eb6ef1203befbe0a7d7ddba4d8a057b7bb96622';
