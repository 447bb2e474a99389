"""Tries gRPC's four kinds at ADDRESS with each token: prints what became of each, as JSON. At port 443 it speaks TLS."""

import json
import sys
import threading

import grpc

ADDRESS, GOOD, FOREIGN, STREAMS = sys.argv[1:]
FOUR_MIB = 4 * 1024 * 1024
OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def outcome(call):
    try:
        return call()
    except grpc.RpcError as error:
        return error.code().name


def kinds(channel, metadata):
    """Each of the four kinds, and what came of it."""
    echo = channel.unary_unary("/demo.Talk/Echo")
    count = channel.unary_stream("/demo.Talk/Count")
    join = channel.stream_unary("/demo.Talk/Join")
    chat = channel.stream_stream("/demo.Talk/Chat")
    words = [b"one", b"two", b"three"]
    return {
        "unary": outcome(lambda: echo(b"hello", metadata=metadata).decode()),
        "server": outcome(lambda: [part.decode() for part in count(b"3", metadata=metadata)]),
        "client": outcome(lambda: join(iter(words), metadata=metadata).decode()),
        "both": outcome(lambda: [part.decode() for part in chat(iter(words), metadata=metadata)]),
    }


def together(channel, metadata, streams):
    """How many streams are answered while all are open."""
    go_on = threading.Event()
    chat = channel.stream_stream("/demo.Talk/Chat")

    def words():
        yield b"hello"
        go_on.wait(30)

    calls = [chat(words(), metadata=metadata) for _ in range(streams)]
    answered = sum(next(call) == b"hello" for call in calls)
    go_on.set()
    for call in calls:
        list(call)
    return answered


def open_channel():
    if ADDRESS.endswith(":443"):
        return grpc.secure_channel(ADDRESS, grpc.ssl_channel_credentials(), options=OPTIONS)
    return grpc.insecure_channel(ADDRESS, options=OPTIONS)


with open_channel() as channel:
    good = [("authorization", f"Bearer {GOOD}")]
    wait = channel.unary_unary("/demo.Talk/Wait")
    fail = channel.unary_unary("/demo.Talk/Fail")
    echo = channel.unary_unary("/demo.Talk/Echo")
    waiting = wait.future(b"", metadata=good)
    print(
        json.dumps(
            {
                "good": kinds(channel, good),
                "foreign": kinds(channel, [("authorization", f"Bearer {FOREIGN}")]),
                "none": kinds(channel, []),
                "forged": kinds(channel, [("authorization", "Bearer a.b.c")]),
                "trailers": outcome(lambda: fail(b"", metadata=good)),
                "deadline": outcome(lambda: wait(b"", metadata=good, timeout=0.5)),
                "cancelled": waiting.cancel(),
                "large": len(echo(b"x" * FOUR_MIB, metadata=good)),
                "together": together(channel, good, int(STREAMS)),
            }
        )
    )
