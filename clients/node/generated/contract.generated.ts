/** SHA-256 of the contract that all of this was made of. */
export const CONTRACT_SHA256 = 'f5791361dc27883c74b3351f72af9c2ecdb81cb4c618560e8d172a27397cd1fd';
