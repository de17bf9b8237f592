"""The MCP clients of PyPI against one environment: python clients.py URL. Prints `mcp ok` and `fastmcp ok`."""

import asyncio
import sys


async def with_fastmcp(url):
    from fastmcp import Client

    async with Client(url) as client:
        names = [tool.name for tool in await client.list_tools()]
        assert "test_simple_text" in names, names
        text = await client.call_tool("test_simple_text", {})
        assert "simple text" in text.content[0].text
        structured = await client.call_tool("test_structured", {"a": 1, "b": 2})
        assert structured.structured_content == {"sum": 3}, structured
        failed = await client.call_tool("test_error_handling", {}, raise_on_error=False)
        assert failed.is_error
        await hears_progress_and_breaks_off(client, "progress_handler")
        again = await client.call_tool("test_simple_text", {})
        assert "simple text" in again.content[0].text
    print("fastmcp ok")


async def with_mcp(url):
    try:
        from mcp import Client
    except ImportError:
        Client = None
    if Client is not None:
        async with Client(url) as client:
            await use_mcp(client)
    else:
        from mcp import ClientSession
        from mcp.client.streamable_http import streamable_http_client

        async with streamable_http_client(url) as streams:
            async with ClientSession(streams[0], streams[1]) as client:
                await client.initialize()
                await use_mcp(client)
    print("mcp ok")


async def use_mcp(client):
    tools = await client.list_tools()
    assert any(tool.name == "test_simple_text" for tool in tools.tools)
    text = await client.call_tool("test_simple_text", {})
    assert "simple text" in text.content[0].text
    structured = await client.call_tool("test_structured", {"a": 1, "b": 2})
    content = getattr(structured, "structured_content", None) or getattr(structured, "structuredContent", None)
    assert content == {"sum": 3}, structured
    failed = await client.call_tool("test_error_handling", {})
    assert getattr(failed, "is_error", None) or getattr(failed, "isError", None)
    await hears_progress_and_breaks_off(client, "progress_callback")
    again = await client.call_tool("test_simple_text", {})
    assert "simple text" in again.content[0].text


async def hears_progress_and_breaks_off(client, listener):
    """A slow call is followed and another is given up, which the session survives.

    listener: the name of the argument of call_tool that hears of progress
    """
    seen = []

    async def progress(done, total, message):
        seen.append(done)

    await client.call_tool("test_tool_with_progress", {}, **{listener: progress})
    assert seen == [0, 50, 100], seen
    try:
        await asyncio.wait_for(client.call_tool("test_slow", {"millis": 20000}), 1)
        raise AssertionError("a cancelled call came back")
    except asyncio.TimeoutError:
        pass


async def main(url):
    await with_mcp(url)
    await with_fastmcp(url)


asyncio.run(main(sys.argv[1]))
