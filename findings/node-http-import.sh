#!/usr/bin/env bash
# An import of node:http loads all of undici, WebSocket included; a require of it does not
#
# Software: Node.js 24.21.0.
# Expected: node:http is Node's older client and server; undici, which fetch and WebSocket are made of, is loaded by who
#   first uses one of them, as the getters of node:http and of the globals are written for.
# Happens: an import of any one name of node:http makes the module's ES face, which reads each export once, and the getter
#   of WebSocket loads undici. A require, process.getBuiltinModule and an import of node:https read no getter.
# Matters: it is about 40 ms of processor time and 13 MB of each process and worker thread that imports a server or an
#   agent, which is half of the cold start of a small function. A bundler may put a require in the import's place.
. "${BASH_SOURCE%/*}/lab.bash"
use_node 24.21.0

cat >seen.mjs <<'END'
const undici = 'NativeModule internal/deps/undici/undici';
export const show = (how) => console.log(`${how}: ${process.moduleLoadList.includes(undici) ? 'undici' : 'no undici'}`);
END
cat >import.mjs <<'END'
import { Agent } from 'node:http';
import { show } from './seen.mjs';
show(`import { ${Agent.name} } from 'node:http'`);
END
cat >https.mjs <<'END'
import { Agent } from 'node:https';
import { show } from './seen.mjs';
show(`import { ${Agent.name} } from 'node:https'`);
END
cat >require.cjs <<'END'
const { Agent } = require('node:http');
import('./seen.mjs').then(({ show }) => show(`const { ${Agent.name} } = require('node:http')`));
END
cat >builtin.mjs <<'END'
import { show } from './seen.mjs';
const { Agent } = process.getBuiltinModule('node:http');
show(`const { ${Agent.name} } = process.getBuiltinModule('node:http')`);
END

seen=$(for file in import.mjs https.mjs require.cjs builtin.mjs; do node "$file"; done)
holds "$seen" <<'END'
import { Agent } from 'node:http': undici
import { Agent } from 'node:https': no undici
const { Agent } = require('node:http'): no undici
const { Agent } = process.getBuiltinModule('node:http'): no undici
END
