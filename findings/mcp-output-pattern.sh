#!/usr/bin/env bash
# One output pattern with "\-" hides all tools of an MCP server from the TypeScript client
#
# Software: PyPI mcp 2.3.0 (server and client); npm @modelcontextprotocol/sdk 1.32.2.
# Expected: a client lists the tools of a server that it can reach. "\-" is a valid escape in Python, in Rust (pydantic) and
#   in ECMA-262 without the u flag; Python's re.escape writes it.
# Happens: listTools of the TypeScript client compiles every output schema, with the u flag, and rejects the whole list for
#   one pattern. The server's other tools cannot be seen. An input schema may have the same pattern, and the Python client
#   lists and calls the tool.
# Matters: whoever offers tools of many MCP servers loses a server by one field of one tool. List tools by the raw request,
#   and compile a schema where its tool is called.
. "${BASH_SOURCE%/*}/lab.bash"
npm_install @modelcontextprotocol/sdk@1.32.2
pip_install mcp==2.3.0

cat >server.py <<'END'
import re, sys
from typing import Annotated
from mcp.server.mcpserver import MCPServer
from pydantic import BaseModel, Field

server = MCPServer("tickets")
Code = Annotated[str, Field(pattern="^" + re.escape("INC-") + r"\d+$")]

class Ticket(BaseModel):
    code: Code
@server.tool()
def health() -> str:
    return "well"

@server.tool()
def find(code: Code) -> str:
    return code
if sys.argv[1] == "output":
    @server.tool()
    def open_ticket() -> Ticket:
        return Ticket(code="INC-1")
server.run()
END
cat >client.mjs <<'END'
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ListToolsResultSchema } from '@modelcontextprotocol/sdk/types.js';

const server = { command: 'python/bin/python', args: ['server.py', process.argv[2]], stderr: 'ignore' };
const client = new Client({ name: 'probe', version: '1' });
await client.connect(new StdioClientTransport(server));
const names = ({ tools }) => tools.map(({ name }) => name).join(', ');
const listed = await client.listTools().then(names, (error) => error.constructor.name);
console.log(`TypeScript, pattern in ${process.argv[2]}: ${listed}`);
const raw = await client.request({ method: 'tools/list' }, ListToolsResultSchema);
console.log(`TypeScript, pattern in ${process.argv[2]}, raw: ${names(raw)}`);
await client.close();
END
cat >client.py <<'END'
import asyncio, os
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

async def main():
    server = StdioServerParameters(command="python/bin/python", args=["server.py", "output"])
    async with stdio_client(server, errlog=open(os.devnull, "w")) as streams, ClientSession(*streams) as client:
        await client.initialize()
        names = ", ".join(tool.name for tool in (await client.list_tools()).tools)
        result = await client.call_tool("open_ticket", {})
        print(f"Python, pattern in output: {names}; {result.structured_content}")
asyncio.run(main())
END
seen=$(
  node client.mjs input
  node client.mjs output
  python/bin/python client.py
)
holds "$seen" <<'END'
TypeScript, pattern in input: health, find
TypeScript, pattern in input, raw: health, find
TypeScript, pattern in output: SyntaxError
TypeScript, pattern in output, raw: health, find, open_ticket
Python, pattern in output: health, find, open_ticket; {'code': 'INC-1'}
END
