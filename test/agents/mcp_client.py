"""Asks /v1/mcp of a stack as an agent does: mcp_client.py URL VIEWER_KEY ONCALL_KEY."""

import asyncio
import json
import sys

from mcp import ClientSession
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

READING = {"list_incidents", "get_incident", "list_anomalies", "search_logs", "list_services", "explain_lines"}
ACTING = {"acknowledge_incident", "add_note", "propose_step", "resolve_incident"}


def must(is_so: bool, what: str) -> None:
    if not is_so:
        raise SystemExit(f"not so: {what}")


async def asked(url: str, key: str, ask) -> None:
    async with create_mcp_http_client(headers={"Authorization": f"Bearer {key}"}) as http:
        async with streamable_http_client(url, http_client=http) as (read, write, *_):
            async with ClientSession(read, write) as session:
                await session.initialize()
                await ask(session)


async def as_viewer(session: ClientSession) -> None:
    names = {tool.name for tool in (await session.list_tools()).tools}
    must(READING <= names, f"a viewer is shown what reads, of {sorted(names)}")
    must(not (ACTING & names), "a viewer is shown nothing that acts")
    lines = {"lines": ["Out of memory: Killed process 4123"]}
    explained = await session.call_tool("explain_lines", lines)
    must(not explained.is_error, "a dry run is answered")
    must("oom" in json.dumps(explained.structured_content), "a dry run names the signal")
    listed = await session.call_tool("list_incidents", {"state": "live"})
    must(isinstance(listed.structured_content["data"], list), "incidents are a list")
    missing = await session.call_tool("get_incident", {"incident_id": "incident_" + "0" * 21})
    must(missing.is_error, "what is not there is an error of the tool")
    await session.list_resources()


async def as_oncall(session: ClientSession) -> None:
    names = {tool.name for tool in (await session.list_tools()).tools}
    must(ACTING <= names, f"who is on call may act, of {sorted(names)}")


async def main(url: str, viewer: str, oncall: str) -> None:
    await asked(url, viewer, as_viewer)
    await asked(url, oncall, as_oncall)


asyncio.run(main(*sys.argv[1:]))
