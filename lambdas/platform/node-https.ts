/**
 * TLS, loaded by who first speaks it: on AWS that is the client of the tables, at the cold start. On a laptop nobody
 * does, and it is 4 MB of each thread of a function.
 */
export const nodeHttps = () => process.getBuiltinModule('node:https');
