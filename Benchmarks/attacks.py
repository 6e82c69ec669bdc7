#!/usr/bin/env python3
"""Loads that once stopped or starved the platform, each beside a client that behaves well and measures.

    python3 Benchmarks/attacks.py --nac .build/release/nac [--only idle,bodies,…] [--seconds 10]

For each load it prints the client's latency (median, 99th percentile, maximum), its answers of 5xx, and the ratio of its 99th percentile to
that of the same client on the same platform before the load. Needs root for `ports` alone. All traffic stays on loopback.
"""
import argparse, base64, contextlib, http.client, json, multiprocessing, os, pathlib, random, re, resource, select, signal, socket, subprocess, sys, tempfile, threading, time

KEY = {"X-RapidAPI-Key": "good-client-key", "Content-Type": "application/json"}
SESSIONS = "/quality-on-demand/v1/sessions"


def session(device, port=None, service="198.51.100.7"):
    """The body of a creation."""
    body = {
        "device": {"ipv4Address": {"publicAddress": device, "privateAddress": device}}, "applicationServer": {"ipv4Address": service},
        "qosProfile": "QOS_S", "duration": 600,
    }
    if port:
        body["applicationServerPorts"] = {"ports": [port]}
    return json.dumps(body)


class Platform:
    """`nac serve` in a folder of its own."""

    def __init__(self, nac, settings="", descriptors=None):
        self.folder = tempfile.TemporaryDirectory()
        path = pathlib.Path(self.folder.name)
        (path / "nac.yaml").write_text(
            "server: { port: 0 }\nauth: { keys: [ good=good-client-key, other=other-client-key ]%s }\n" % settings.pop("auth", "")
            + "database: sqlite:%s/nac.db\nlog: { level: error }\n" % path + "".join(f"{k}: {v}\n" for k, v in settings.items()))

        def bound():
            if descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE, descriptors)

        self.errors = open(path / "errors", "w+")
        self.process = subprocess.Popen(
            [nac, "serve", "--config", str(path / "nac.yaml")], stdout=subprocess.PIPE, stderr=self.errors, preexec_fn=bound)
        line = self.process.stdout.readline().decode()
        found = re.search(r":(\d+)\s*$", line)
        if not found:
            sys.exit(f"attacks: the platform did not start: {line}{open(path / 'errors').read()}")
        self.port = int(found.group(1))

    def resident(self):
        """MiB."""
        return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{self.process.pid}/status").read()).group(1)) // 1024

    def stop(self):
        began = time.monotonic()
        alive = self.process.poll() is None
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()
        return alive, time.monotonic() - began


def behave(port, seconds, results):
    """Creates, reads and deletes sessions, some 100 requests a second, and keeps how long each took."""
    took, bad, failed = [], 0, 0
    end, connection = time.monotonic() + seconds, None
    number = 0
    while time.monotonic() < end:
        number += 1
        identifier = None
        for method in ("POST", "GET", "DELETE"):
            began = time.monotonic()
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
                body = session(f"10.46.{number // 250 % 250}.{number % 250 + 1}") if method == "POST" else None
                connection.request(method, SESSIONS + (f"/{identifier}" if identifier else ""), body, KEY)
                answer = connection.getresponse()
                document = answer.read()
            except OSError:
                failed, connection = failed + 1, None
                break
            took.append(time.monotonic() - began)
            bad += answer.status >= 500
            if method == "POST":
                if answer.status != 201:
                    break
                identifier = json.loads(document)["sessionId"]
            time.sleep(0.01)
    results.put((sorted(took), bad, failed))


def measured(port, seconds):
    """The client's figures, from a process of its own."""
    results = multiprocessing.Queue()
    process = multiprocessing.Process(target=behave, args=(port, seconds, results))
    process.start()
    took, bad, failed = results.get(timeout=seconds + 120)
    process.join()
    at = lambda share: took[min(int(len(took) * share), len(took) - 1)] * 1000 if took else float("nan")
    return {"requests": len(took), "p50": at(0.5), "p99": at(0.99), "max": at(1), "5xx": bad, "failed": failed}


def connections(port, count, sources=1):
    """Open connections, as many as the platform takes."""
    made = []
    for number in range(count):
        try:
            made.append(socket.create_connection(("127.0.0.1", port), 5, (f"127.0.1.{number % sources + 1}", 0)))
        except OSError:
            break
    return made


@contextlib.contextmanager
def idle(port):
    """9,000 connections that send nothing, from nine addresses."""
    made = connections(port, 9000, 9)
    yield f"{len(made)} connections made"
    for connection in made:
        connection.close()


def repeating(work):
    """A load in a process of its own that repeats `work` until it ends."""
    @contextlib.contextmanager
    def load(port):
        process = multiprocessing.Process(target=work, args=(port,), daemon=True)
        process.start()
        time.sleep(2)
        yield "under way" if process.is_alive() else "ENDED EARLY"
        process.kill()
        process.join()
    load.__doc__ = work.__doc__
    return load


@repeating
def bodies(port):
    """4,200 bodies of 1,000 bytes with a good key, one byte a second each."""
    head = f"POST {SESSIONS} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-RapidAPI-Key: other-client-key\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    made = connections(port, 4200, 42)
    for connection in made:
        with contextlib.suppress(OSError):
            connection.sendall(head.encode())
    while True:
        for connection in made:
            with contextlib.suppress(OSError):
                connection.sendall(b" ")
        time.sleep(1)


@repeating
def provider(port):
    """4,300 tokens with a key that the identity provider, which hangs, has to be asked for."""
    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
    while True:
        made = connections(port, 4300, 43)
        for connection in made:
            token = ".".join([part({"alg": "ES256", "kid": str(random.random()), "typ": "JWT"}), part({"sub": "x"}), "A" * 86])
            with contextlib.suppress(OSError):
                connection.sendall(f"GET {SESSIONS}/0 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        time.sleep(5)
        for connection in made:
            connection.close()


def ask(port, method, path, body, key="other-client-key", connection=None):
    connection = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body, {"X-RapidAPI-Key": key, "Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.read()


@contextlib.contextmanager
def device(port):
    """20,000 sessions of one client on one device, which another client lists from four connections."""
    def create(first):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for number in range(first, 20_000, 16):
            ask(port, "POST", SESSIONS, session("10.45.4.1", port=number + 1), connection=connection)

    makers = [threading.Thread(target=create, args=(first,)) for first in range(16)]
    [maker.start() for maker in makers]
    [maker.join() for maker in makers]
    ended = multiprocessing.Event()

    def listing():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        body = json.dumps({"device": {"ipv4Address": {"publicAddress": "10.45.4.1", "privateAddress": "10.45.4.1"}}})
        while not ended.is_set():
            with contextlib.suppress(OSError):
                ask(port, "POST", "/quality-on-demand/v1/retrieve-sessions", body, "good-client-key", connection)

    loops = [multiprocessing.Process(target=listing, daemon=True) for _ in range(4)]
    [loop.start() for loop in loops]
    yield "20,000 sessions made"
    ended.set()
    [loop.kill() for loop in loops]


@repeating
def pipelines(port):
    """8 connections that send request after request without waiting for an answer."""
    request = b"GET /qos-profiles/v1/qos-profiles/QOS_L HTTP/1.1\r\nHost: 127.0.0.1\r\nX-RapidAPI-Key: other-client-key\r\n\r\n" * 64
    made = connections(port, 8, 8)
    for connection in made:
        connection.setblocking(False)
    rest = {connection: b"" for connection in made}
    while made:
        readable, writable, _ = select.select(made, made, [], 1)
        for connection in writable:
            with contextlib.suppress(OSError):
                rest[connection] = rest[connection] or request
                rest[connection] = rest[connection][connection.send(rest[connection]):]
        for connection in readable:
            with contextlib.suppress(BlockingIOError, ConnectionError):
                connection.recv(1 << 18)


@repeating
def members(port):
    """Four connections that send bodies of 3.4 MB with 350,000 unknown members."""
    body = ("{" + ",".join(f'"m{n}":1' for n in range(350_000)) + "}").encode()
    def loop():
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                ask(port, "POST", SESSIONS, body)
    threads = [threading.Thread(target=loop, daemon=True) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]


@repeating
def ports(port):
    """Creations with 8,000 single ports at each end, on the Linux network."""
    odd = list(range(1, 16_001, 2))
    body = json.loads(session("10.45.4.1"))
    body["applicationServerPorts"] = body["devicePorts"] = {"ports": odd}
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            ask(port, "POST", SESSIONS, json.dumps(body))
        time.sleep(0.1)


def hanging():
    """The port of a server that takes connections and never answers."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    kept = []
    threading.Thread(target=lambda: [kept.append(listener.accept()) for _ in iter(int, 1)], daemon=True).start()
    return listener.getsockname()[1]


def gateway():
    """The settings of a Linux network in a namespace of this process."""
    for interface in ("ran0", "wan0"):
        subprocess.run(["ip", "link", "add", interface, "type", "veth", "peer", "name", interface + "p"], check=True)
        subprocess.run(["ip", "link", "set", interface, "up"], check=True)
        subprocess.run(["ip", "link", "set", interface + "p", "up"], check=True)
    return {
        "network": "{ driver: linux, downlink: { interface: ran0, capacity: 1Gbps }, uplink: { interface: wan0, capacity: 1Gbps } }",
        "devices": "{ subnets: [10.0.0.0/8] }",
    }


def main():
    loads = {"idle": idle, "bodies": bodies, "provider": provider, "device": device, "pipelines": pipelines, "members": members, "ports": ports}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nac", default=".build/release/nac")
    parser.add_argument("--only", default=",".join(loads))
    parser.add_argument("--seconds", type=int, default=10)
    arguments = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    worst = 0
    for name in arguments.only.split(","):
        settings, descriptors = {}, None
        if name == "idle":
            descriptors = (1024, hard)
        if name == "provider":
            settings = {"auth": f", jwks: http://127.0.0.1:{hanging()}/keys, audience: [ '*' ]"}
        if name == "device":
            settings = {"limits": "{ sessionsPerDevice: 100000 }"}
        if name == "ports":
            if os.geteuid() != 0:
                print("ports: skipped, needs root")
                continue
            settings = gateway()
        platform = Platform(os.path.abspath(arguments.nac), settings, descriptors)
        quiet = measured(platform.port, max(arguments.seconds // 2, 3))
        with loads[name](platform.port) as note:
            loaded = measured(platform.port, arguments.seconds)
            resident = platform.resident()
        alive, took = platform.stop()
        worst = max(worst, loaded["p99"])
        print(
            f"{name}: {loads[name].__doc__.strip()}\n    {note}; the client: p50 {loaded['p50']:.1f}, p99 {loaded['p99']:.1f}, max {loaded['max']:.0f} ms of "
            f"{loaded['requests']} requests (quiet p99 {quiet['p99']:.1f} ms, ratio {loaded['p99'] / quiet['p99']:.1f}); 5xx: {loaded['5xx']}, without an answer: "
            f"{loaded['failed']}; resident {resident} MiB; {'lived' if alive else 'DIED'}; ended {took:.1f} s after SIGTERM", flush=True)
    print(f"the worst 99th percentile: {worst:.1f} ms")


if __name__ == "__main__":
    if os.geteuid() == 0 and os.environ.get("NAC_ATTACKS_APART") != "1":
        # A network of its own: interfaces for the gateway, and nobody else's loopback.
        os.environ["NAC_ATTACKS_APART"] = "1"
        os.execvp("unshare", ["unshare", "--net", "sh", "-c", 'ip link set lo up; exec "$0" "$@"', sys.executable, os.path.abspath(__file__), *sys.argv[1:]])
    main()
