#!/usr/bin/env bash
# A zstd body of two frames is read whole or by half, by how the network cut it
#
# Software: Node.js 24.21.0 (zlib, fetch); npm fzstd 0.1.1, fflate 0.8.3, pako 3.0.3; PyPI zstandard 0.25.0.
# Expected: RFC 8878 (3.1) and RFC 1952 (2.2) let a body be several frames or members. Whoever reads the format gives all
#   of its bytes, or fails.
# Happens: Node gives the first zstd frame and no error, in one call, in a stream and in fetch; in a stream that is written
#   frame by frame it gives both. Python's one-shot call gives the first frame alone, too. fflate gives the first gzip
#   member cut to the size of the last one. The web's DecompressionStream refuses the second member. Node's gunzip, pako
#   and fzstd give everything.
# Matters: an agent that appends batches to a compressed file, or ends a frame with each flush, loses all but the first
#   batch without a word, or only where two frames share a packet. A receiver has to look for what is left over.
. "${BASH_SOURCE%/*}/lab.bash"
use_node 24.21.0
npm_install fzstd@0.1.1 fflate@0.8.3 pako@3.0.3
pip_install zstandard==0.25.0

cat >probe.mjs <<'END'
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createZstdDecompress, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import * as fflate from 'fflate';
import * as fzstd from 'fzstd';
import * as pako from 'pako';

const batches = ['<first>', '<last>'];
const frames = batches.map((batch) => zstdCompressSync(batch));
const zstd = Buffer.concat(frames);
const gzip = Buffer.concat(batches.map((batch) => gzipSync(batch)));
writeFileSync('two.zst', zstd);

const show = (name, bytes) => console.log(`${name}: ${Buffer.from(bytes).toString()}`);
const stream = async (parts) => {
  const reader = createZstdDecompress();
  for (const part of parts) reader.write(part);
  reader.end();
  return Buffer.concat(await reader.toArray());
};
const server = createServer((_, answer) => answer.writeHead(200, { 'content-encoding': 'zstd' }).end(zstd));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

show('zstd, Node zstdDecompressSync', zstdDecompressSync(zstd));
show('zstd, Node stream, one write', await stream([zstd]));
show('zstd, Node stream, a write for each frame', await stream(frames));
show('zstd, Node fetch', await (await fetch(`http://127.0.0.1:${server.address().port}`)).bytes());
show('zstd, fzstd', fzstd.decompress(zstd));
show('gzip, Node gunzipSync', gunzipSync(gzip));
show('gzip, pako', pako.ungzip(gzip));
show('gzip, fflate gunzipSync', fflate.gunzipSync(gzip));
const web = new Blob([gzip]).stream().pipeThrough(new DecompressionStream('gzip'));
show('gzip, DecompressionStream', await new Response(web).bytes().catch((error) => error.name));
server.close();
server.closeAllConnections();
END
cat >probe.py <<'END'
import zstandard
whole = open("two.zst", "rb").read()
print("zstd, Python decompress:", zstandard.decompress(whole).decode())
print("zstd, Python open:", zstandard.open("two.zst").read().decode())
END

seen=$(node probe.mjs && python/bin/python probe.py)
holds "$seen" <<'END'
zstd, Node zstdDecompressSync: <first>
zstd, Node stream, one write: <first>
zstd, Node stream, a write for each frame: <first><last>
zstd, Node fetch: <first>
zstd, fzstd: <first><last>
gzip, Node gunzipSync: <first><last>
gzip, pako: <first><last>
gzip, fflate gunzipSync: <first
gzip, DecompressionStream: TypeError
zstd, Python decompress: <first>
zstd, Python open: <first><last>
END
