#!/usr/bin/env bash
# The int64 "1e3" of protobuf's JSON is 1000, is 1, or is refused
#
# Software: npm protobufjs 8.8.1, @bufbuild/protobuf 2.17.0; PyPI protobuf 7.36.2.
# Expected: protobuf's JSON mapping takes a 64-bit integer as a number or as a string, each also with an exponent ("1e3")
#   or with a zero fraction ("1.0").
# Happens: Python reads 1000. protobufjs reads the string as 1: it stops at the first letter, without an error, and the
#   same value without quotes is 1000. protobuf-es refuses the string as out of range, and takes it for an int32.
# Matters: OTLP's JSON carries times and counts as such strings. A receiver on protobufjs stores another number than was
#   sent; one on protobuf-es refuses the whole batch for it. A reader of its own has to know the three spellings.
. "${BASH_SOURCE%/*}/lab.bash"
npm_install protobufjs@8.8.1 @bufbuild/protobuf@2.17.0
pip_install protobuf==7.36.2

cat >probe.mjs <<'END'
import { fromJsonString } from '@bufbuild/protobuf';
import { Int32ValueSchema, Int64ValueSchema } from '@bufbuild/protobuf/wkt';
import protobuf from 'protobufjs';

const { root } = protobuf.parse('syntax = "proto3"; message Point { int64 value = 1; }');
const Point = root.lookupType('Point');
const show = (name, read) => {
  try {
    console.log(`${name}: ${read()}`);
  } catch {
    console.log(`${name}: refused`);
  }
};
for (const json of ['"1000"', '"1e3"', '1e3', '"1.0"']) {
  show(`${json}, protobufjs int64`, () => Point.fromObject({ value: JSON.parse(json) }).value);
  show(`${json}, protobuf-es int64`, () => fromJsonString(Int64ValueSchema, json).value);
  show(`${json}, protobuf-es int32`, () => fromJsonString(Int32ValueSchema, json).value);
}
END
cat >probe.py <<'END'
from google.protobuf import json_format, wrappers_pb2
for json in ['"1000"', '"1e3"', "1e3", '"1.0"']:
    print(f"{json}, Python int64: {json_format.Parse(json, wrappers_pb2.Int64Value()).value}")
END

seen=$(node probe.mjs && python/bin/python probe.py)
holds "$seen" <<'END'
"1000", protobufjs int64: 1000
"1000", protobuf-es int64: 1000
"1000", protobuf-es int32: 1000
"1e3", protobufjs int64: 1
"1e3", protobuf-es int64: refused
"1e3", protobuf-es int32: 1000
1e3, protobufjs int64: 1000
1e3, protobuf-es int64: 1000
1e3, protobuf-es int32: 1000
"1.0", protobufjs int64: 1
"1.0", protobuf-es int64: refused
"1.0", protobuf-es int32: 1
"1000", Python int64: 1000
"1e3", Python int64: 1000
1e3, Python int64: 1000
"1.0", Python int64: 1
END
