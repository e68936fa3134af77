/**
 * `node:http` in every bundle. An `import` of a module of Node reads each of its exports, and one of this module's is
 * `WebSocket`, which loads all of undici: 40 ms and 13 MB of a start in Node 24, for nothing.
 * https://github.com/nodejs/node/blob/v24.x/lib/internal/bootstrap/realm.js (syncExports)
 */
module.exports = process.getBuiltinModule('node:http');
