#!/usr/bin/env python3
"""Reads notifications from a message bus and sends them to Assay: what the StackTach worker did, in one file.

    pip install kombu
    forwarder.py --broker amqp://user:password@rabbit// --queue notifications.info --queue notifications.error \
                 --url http://assay:3000 --deployment north-1

A batch goes out when it has 100 messages or is a second old. Messages are acknowledged when the server has answered
for them: stored, known already, or refused and kept under /stacktach/rejected/. Anything else (no connection, 5xx)
is tried again, longer apart each time; whatever was stored by then comes back as a duplicate, so nothing is lost
and nothing counts twice. Messages that were not acknowledged stay on the bus when this program ends.
"""

import argparse
import gzip
import json
import signal
import socket
import sys
import time
import urllib.error
import urllib.request

import kombu

# Answers that settle every message of a batch. 400: all were refused, each with its reason.
SETTLED = (200, 201, 207, 400)
LONGEST_PAUSE = 60


def arguments(given):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--broker", required=True, help="amqp://user:password@host//vhost, or another URL of kombu's")
    parser.add_argument("--queue", required=True, action="append", help="may be repeated")
    parser.add_argument("--url", required=True, help="where Assay is")
    parser.add_argument("--deployment", required=True, help="the name of this installation")
    parser.add_argument("--token", help="when the server has a stacktach_token")
    parser.add_argument("--batch", type=int, default=100, help="messages in a request (100)")
    parser.add_argument("--seconds", type=float, default=1, help="age of a batch that is not full (1)")
    return parser.parse_args(given)


def item(message):
    """One message as the server takes it: a pair, its body as it was sent. What is no JSON is sent as a text, which the
    server refuses and keeps."""
    body = message.body if isinstance(message.body, str) else bytes(message.body).decode("utf-8", "replace")
    try:
        json.loads(body)
    except ValueError:
        return json.dumps(body)
    return "[%s,%s]" % (json.dumps(message.delivery_info.get("routing_key") or "notifications.info"), body)


class Forwarder:
    """Gathers messages and sends them."""

    def __init__(self, options):
        self.options = options
        self.gathered = []
        self.oldest = None
        self.stopping = False

    def take(self, message):
        self.oldest = self.oldest or time.monotonic()
        self.gathered.append(message)
        if len(self.gathered) >= self.options.batch:
            self.flush()

    def is_due(self):
        return self.gathered and time.monotonic() - self.oldest >= self.options.seconds

    def flush(self):
        messages, self.gathered, self.oldest = self.gathered, [], None
        if messages and self.deliver(messages):
            for message in messages:
                message.ack()

    def deliver(self, messages):
        """Sends until the server has settled them; False when this program is told to stop before."""
        pause = 1
        while not self.stopping:
            status = self.send(messages)
            if status in SETTLED:
                return True
            if status == 413 and len(messages) > 1:
                half = len(messages) // 2
                return self.deliver(messages[:half]) and self.deliver(messages[half:])
            if status == 413:
                return True  # one message beyond all limits would stop the queue for ever
            print("forwarder: the server answered %s; again in %d s" % (status, pause), file=sys.stderr)
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        return False

    def send(self, messages):
        body = "[%s]" % ",".join(item(message) for message in messages)
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        headers["X-StackTach-Deployment"] = self.options.deployment
        if self.options.token:
            headers["Authorization"] = "Bearer " + self.options.token
        url = self.options.url.rstrip("/") + "/stacktach/notifications/"
        request = urllib.request.Request(url, gzip.compress(body.encode(), 1), headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            # A 400 that is no list of results is about the request, not its items.
            settled = error.code != 400 or b'"results"' in error.read()
            return error.code if settled else "400 for the whole batch"
        except OSError as error:
            return error

    def run(self, connection, until_empty=False):
        """Reads the queues until told to stop (or, for tests, until they are empty)."""
        queues = [kombu.Queue(name, durable=True, no_declare=True) for name in self.options.queue]
        consumer = connection.Consumer(queues, on_message=self.take, prefetch_count=self.options.batch)
        with consumer:
            while not self.stopping:
                try:
                    connection.drain_events(timeout=min(self.options.seconds, 1))
                except (socket.timeout, TimeoutError):
                    if until_empty:
                        break
                if self.is_due():
                    self.flush()
            self.flush()

    def stop(self, *_signal):
        self.stopping = True


def main():
    options = arguments(sys.argv[1:])
    forwarder = Forwarder(options)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, forwarder.stop)
    while not forwarder.stopping:
        try:
            with kombu.Connection(options.broker, heartbeat=30) as connection:
                forwarder.run(connection)
        except OSError as error:
            # Unacknowledged messages come again over the next connection.
            forwarder.gathered, forwarder.oldest = [], None
            print("forwarder: the bus is gone: %s" % error, file=sys.stderr)
            time.sleep(5)


if __name__ == "__main__":
    main()
