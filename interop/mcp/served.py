"""A FastMCP server over HTTP on loopback, as its users write one: served.py PORT"""

import sys

from fastmcp import FastMCP

server = FastMCP("interop")


@server.tool
def add(a: int, b: int) -> int:
    """Adds two numbers"""
    return a + b


@server.tool
def fail() -> str:
    """Fails"""
    raise ValueError("as asked")


server.run(transport="http", host="127.0.0.1", port=int(sys.argv[1]), show_banner=False)
