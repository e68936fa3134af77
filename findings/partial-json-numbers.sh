#!/usr/bin/env bash
# Half of a streamed amount, {"amount": 12 of 1250, is a number to four parsers and nothing to two
#
# Software: npm partial-json 0.1.7, best-effort-json-parser 1.5.1, jsonrepair 3.15.0, ai 7.0.173 (parsePartialJson),
#   @anthropic-ai/sdk 1.14.0 and openai 7.59.0 (what their stream helpers show of a tool's input so far).
# Expected: a prefix of JSON shows what is certain. A number ends with the character behind it, so until then it is not.
# Happens: Anthropic's and OpenAI's helpers leave an open number out; the other four show 12, and after one more character
#   125. best-effort-json-parser and jsonrepair read a lone "-" as 0. Anthropic's also leaves out an open string, whose
#   beginning the other five show.
# Matters: a page that draws a tool's input as it comes shows a wrong amount for a moment, or a tool that starts early acts
#   on one. Where a number counts, wait for the block's end, or keep the last member back.
. "${BASH_SOURCE%/*}/lab.bash"
npm_install partial-json@0.1.7 best-effort-json-parser@1.5.1 jsonrepair@3.15.0 ai@7.0.173 \
  @anthropic-ai/sdk@1.14.0 openai@7.59.0

cat >probe.mjs <<'END'
import { partialParse as anthropic } from '@anthropic-ai/sdk/_vendor/partial-json-parser/parser.mjs';
import { parsePartialJson } from 'ai';
import * as bestEffort from 'best-effort-json-parser';
import { jsonrepair } from 'jsonrepair';
import { partialParse as openai } from 'openai/_vendor/partial-json-parser/parser.mjs';
import { parse } from 'partial-json';

bestEffort.disableErrorLogging?.();
const parsers = {
  'partial-json': parse,
  'best-effort': bestEffort.parse,
  jsonrepair: (text) => JSON.parse(jsonrepair(text)),
  ai: async (text) => (await parsePartialJson(text)).value,
  anthropic,
  openai,
};
for (const text of ['{"amount": 12', '{"amount": 1250}', '{"amount": -', '{"to": "Ann']) {
  const shown = [];
  for (const [name, read] of Object.entries(parsers)) shown.push(`${name} ${JSON.stringify(await read(text))}`);
  console.log(`${text} : ${shown.join(', ')}`);
}
END

holds "$(node probe.mjs 2>notes)" <<'END'
{"amount": 12 : partial-json {"amount":12}, best-effort {"amount":12}, jsonrepair {"amount":12}, ai {"amount":12}, anthropic {}, openai {}
{"amount": 1250} : partial-json {"amount":1250}, best-effort {"amount":1250}, jsonrepair {"amount":1250}, ai {"amount":1250}, anthropic {"amount":1250}, openai {"amount":1250}
{"amount": - : partial-json {}, best-effort {"amount":0}, jsonrepair {"amount":0}, ai {}, anthropic {}, openai {}
{"to": "Ann : partial-json {"to":"Ann"}, best-effort {"to":"Ann"}, jsonrepair {"to":"Ann"}, ai {"to":"Ann"}, anthropic {}, openai {"to":"Ann"}
END
