"""What LiteLLM takes to bring a chat history into Anthropic's form, once a line: CPU, milliseconds."""

import copy
import json
import sys
import time

from litellm.llms.anthropic.chat.transformation import AnthropicConfig

plan = json.load(sys.stdin)
body = plan["body"]
config = AnthropicConfig()


def translate(messages):
    given = {"max_tokens": body["max_tokens"], "tools": body["tools"]}
    params = config.map_openai_params(given, {}, body["model"], False)
    return config.transform_request(body["model"], messages, params, {}, {})


def cpu_ms(rounds):
    # It changes the messages that it is given.
    copies = [copy.deepcopy(body["messages"]) for _ in range(rounds)]
    before = time.process_time()
    for messages in copies:
        translate(messages)
    return (time.process_time() - before) * 1000 / rounds


first = cpu_ms(plan["rounds"])
told = translate(copy.deepcopy(body["messages"]))
assert len(told["messages"]) > 50 and len(told["tools"]) == len(body["tools"]), told.keys()
print(json.dumps({"history": cpu_ms(plan["rounds"]), "firstHistories": first}))
