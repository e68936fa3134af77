/** Node's servers and requests without undici: lambdas/platform/node-http.cjs says why. */
export const { Agent, createServer, request, ServerResponse, STATUS_CODES } =
  process.getBuiltinModule('node:http');
