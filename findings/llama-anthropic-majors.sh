#!/usr/bin/env bash
# LlamaIndex's provider of Anthropic takes any newer client, and with today's no chat can be sent
#
# Software: PyPI llama-index-llms-anthropic 0.12.3 with anthropic 0.125.0, 1.17.0 and 2.14.0; llama-index-core 0.14.25.
# Expected: a client that satisfies what the provider declares (anthropic>=0.75.0, without an upper bound) can send the
#   simplest chat, a request whose server answers it.
# Happens: the request arrives with 0.125.0 alone. 1.17.0 has no argument `temperature` in `messages.create`, and of 2.14.0
#   the types that the provider instantiates are unions: each is a TypeError before anything is sent.
# Matters: a fresh install resolves to the newest client. Whoever moves a LlamaIndex application to a gateway by its base URL
#   alone sees the failure there first, and the gateway never hears of it.
. "${BASH_SOURCE%/*}/lab.bash"
pip_install llama-index-llms-anthropic==0.12.3 llama-index-core==0.14.25 anthropic==2.14.0

cat >probe.py <<'END_OF_PROBE'
import json, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
import anthropic
from importlib.metadata import requires
from llama_index.core.llms import ChatMessage
from llama_index.llms.anthropic import Anthropic

class Door(BaseHTTPRequestHandler):
    came = 0
    def do_POST(self):
        Door.came += 1
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps({"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5",
            "content": [{"type": "text", "text": "hello"}], "stop_reason": "end_turn", "stop_sequence": None,
            "usage": {"input_tokens": 1, "output_tokens": 1}}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass

door = HTTPServer(("127.0.0.1", 0), Door)
threading.Thread(target=door.serve_forever, daemon=True).start()
declared = [one for one in requires("llama-index-llms-anthropic") if one.startswith("anthropic")]
try:
    model = Anthropic(model="claude-haiku-4-5", api_key="key", base_url=f"http://127.0.0.1:{door.server_port}", max_retries=0)
    said = model.chat([ChatMessage(role="user", content="hi")]).message.content
except TypeError as error:
    said = f"TypeError: {error}"
print(f"anthropic {anthropic.__version__}: {Door.came} came, {said}")
END_OF_PROBE
seen=$(python/bin/python probe.py)
for version in 1.17.0 0.125.0; do
  python/bin/python -m pip install --quiet --disable-pip-version-check "anthropic==$version"
  seen+=$'\n'$(python/bin/python probe.py)
done
holds "$seen" <<'END'
anthropic 2.14.0: 0 came, TypeError: Cannot instantiate typing.Union
anthropic 1.17.0: 0 came, TypeError: Messages.create() got an unexpected keyword argument 'temperature'
anthropic 0.125.0: 1 came, hello
END
