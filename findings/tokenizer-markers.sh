#!/usr/bin/env bash
# A text that mentions <|im_start|> has 13 tokens or cannot be counted, by whose o200k_base it is
#
# Software: npm gpt-tokenizer 4.0.0, js-tiktoken 1.0.21, tiktoken 1.0.22 (WebAssembly); all three: o200k_base.
# Expected: one encoding counts one text alike, and a marker that the encoding does not define is plain text.
# Happens: o200k_base defines <|endoftext|> and <|endofprompt|>. gpt-tokenizer knows more markers for it and throws for
#   <|im_start|> and <|fim_prefix|> in a user's text, where the other two count. In a contraction with a long s, the regular
#   expression of Rust joins what that of JavaScript splits: 4 tokens or 5.
# Matters: people paste chat templates and code for models. A gateway that counts before it calls must allow all markers
#   as text, and must not take a count that threw for one of zero.
. "${BASH_SOURCE%/*}/lab.bash"
npm_install gpt-tokenizer@4.0.0 js-tiktoken@1.0.21 tiktoken@1.0.22

cat >probe.mjs <<'END'
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { getEncoding } from 'js-tiktoken';
import { get_encoding } from 'tiktoken';

const counters = {
  'gpt-tokenizer': (text) => encode(text).length,
  'gpt-tokenizer, all markers as text': (text) => encode(text, { disallowedSpecial: new Set() }).length,
  'js-tiktoken': (text) => getEncoding('o200k_base').encode(text).length,
  tiktoken: (text) => get_encoding('o200k_base').encode(text).length,
};
for (const text of ['<|im_start|>user<|im_sep|>', '<|fim_prefix|>', "\u017f'S I'\u017f"])
  for (const [name, count] of Object.entries(counters)) {
    let counted;
    try {
      counted = count(text);
    } catch {
      counted = 'throws';
    }
    console.log(`${text}, ${name}: ${counted}`);
  }
END

holds "$(node probe.mjs)" <<'END'
<|im_start|>user<|im_sep|>, gpt-tokenizer: throws
<|im_start|>user<|im_sep|>, gpt-tokenizer, all markers as text: 13
<|im_start|>user<|im_sep|>, js-tiktoken: 13
<|im_start|>user<|im_sep|>, tiktoken: 13
<|fim_prefix|>, gpt-tokenizer: throws
<|fim_prefix|>, gpt-tokenizer, all markers as text: 6
<|fim_prefix|>, js-tiktoken: 6
<|fim_prefix|>, tiktoken: 6
ſ'S I'ſ, gpt-tokenizer: 5
ſ'S I'ſ, gpt-tokenizer, all markers as text: 5
ſ'S I'ſ, js-tiktoken: 5
ſ'S I'ſ, tiktoken: 4
END
