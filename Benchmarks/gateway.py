#!/usr/bin/env python3
"""Measures nac serve over a real gateway in network namespaces: how soon the kernel has a session, many at once, and starts.

The load generator is in the gateway's namespace too and takes its share of the same processors. Needs root, iproute2 and nftables.
"""
import argparse, asyncio, ctypes, http.client, json, os, pathlib, shutil, subprocess, sys, tempfile, time

CONFIGURATION = """
server: {{ host: 127.0.0.1, port: 9391 }}
log: {{ level: error }}
auth: {{ keys: [bench=bench-secret-key] }}
network:
  driver: linux
  downlink: {{ interface: ran0, capacity: {capacity} }}
  uplink: {{ interface: wan0, capacity: {capacity} }}
devices: {{ subnets: [10.0.0.0/8] }}
profiles: {{ file: {folder}/profiles.yaml }}
"""
PROFILES = """
- { name: SMALL, status: ACTIVE, targetMinUpstreamRate: { value: 64, unit: kbps }, targetMinDownstreamRate: { value: 64, unit: kbps },
    minDuration: { value: 1, unit: Seconds }, maxDuration: { value: 1, unit: Days } }
"""
HEADERS = {"content-type": "application/json", "authorization": "Bearer bench-secret-key"}

def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout

class Gateway:
    def __init__(self, nac, folder, number=0):
        self.nac, self.folder, self.name, self.server = nac, folder, f"nac-bench-{os.getpid()}-{number}", None
        run("ip", "netns", "add", self.name)
        for interface, peer in [("ran0", "ran1"), ("wan0", "wan1")]:
            self.run("ip", "link", "add", interface, "type", "veth", "peer", "name", peer)
            self.run("ip", "link", "set", interface, "up")
            self.run("ip", "link", "set", peer, "up")
        self.run("ip", "link", "set", "lo", "up")
        (folder / "profiles.yaml").write_text(PROFILES)
        (folder / "nac.yaml").write_text(CONFIGURATION.format(capacity="10Gbps", folder=folder))

    def run(self, *command, **more):
        return run("ip", "netns", "exec", self.name, *command, **more)

    def start(self, configuration="nac.yaml", database="nac.db"):
        begun = time.monotonic()
        self.server = subprocess.Popen(
            ["ip", "netns", "exec", self.name, self.nac, "serve", "--config", self.folder / configuration, "--database", f"sqlite:{self.folder}/{database}"],
            stdout=subprocess.DEVNULL, stderr=open(self.folder / "errors", "a"))
        while True:
            try:
                if self.get("/health/ready") == 200: return time.monotonic() - begun
            except OSError:
                if self.server.poll() is not None: sys.exit("nac serve ended: " + (self.folder / "errors").read_text())
            time.sleep(0.005)

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", 9391, timeout=5)
        connection.request("GET", path)
        return connection.getresponse().status

    def kill(self):
        subprocess.run(["pkill", "-KILL", "-f", f"{self.nac} serve --config {self.folder}"])
        self.server.wait()

    def clear(self):
        for interface in ["ran0", "wan0"]: subprocess.run(["ip", "netns", "exec", self.name, "tc", "qdisc", "del", "dev", interface, "root"], capture_output=True)
        subprocess.run(["ip", "netns", "exec", self.name, "nft", "delete", "table", "inet", "nac"], capture_output=True)

    def sessions(self):
        """How many the kernel has."""
        return self.run("nft", "list", "set", "inet", "nac", "sessions").count(" comment ")

    def classes(self):
        return sum(line.startswith("class htb") for line in self.run("tc", "class", "show", "dev", "wan0").splitlines()) - 2

    def settle(self):
        """Waits until no more classes are made ahead."""
        last = []
        while len(set(last[-4:])) != 1 or len(last) < 4:
            last.append(self.classes())
            time.sleep(1)
        return last[-1]

    def fill(self, first, many, **more):
        """Sessions until there are so many; answers the number of the next."""
        while (missing := many - self.sessions()) > 0:
            asyncio.run(at_once(first, min(500, missing), **more))
            first += 500
            # Those that were answered REQUESTED are there a little later.
            wanted, end = min(many, many - missing + 500), time.monotonic() + 60
            while self.sessions() < wanted and time.monotonic() < end: time.sleep(0.1)
        return first

    def remove(self):
        if self.server and self.server.poll() is None: self.kill()
        run("ip", "netns", "delete", self.name)

def body(number, more={}):
    device = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return json.dumps({"device": {"ipv4Address": {"publicAddress": device, "privateAddress": device}}, "qosProfile": "SMALL", "duration": 86400,
                       "applicationServer": {"ipv4Address": "198.51.100.7"}, **more})

def one_at_a_time(first, count, number_of=lambda number: number):
    connection = http.client.HTTPConnection("127.0.0.1", 9391, timeout=5)
    times = []
    for number in range(first, first + count):
        begun = time.perf_counter()
        connection.request("POST", "/quality-on-demand/v1/sessions", body(number_of(number)), HEADERS)
        answer = connection.getresponse()
        text = answer.read()
        times.append(time.perf_counter() - begun)
        if answer.status != 201: sys.exit(f"createSession answered {answer.status} {text}")
        if json.loads(text)["qosStatus"] != "AVAILABLE": times[-1] = float("inf")
    return sorted(times)

def come_and_go(first, count):
    """As many deletions as creations: classes are used again."""
    connection = http.client.HTTPConnection("127.0.0.1", 9391, timeout=5)
    times = []
    for number in range(first, first + count):
        begun = time.perf_counter()
        connection.request("POST", "/quality-on-demand/v1/sessions", body(number), HEADERS)
        session = json.loads(connection.getresponse().read())
        times.append(time.perf_counter() - begun if session["qosStatus"] == "AVAILABLE" else float("inf"))
        connection.request("DELETE", f"/quality-on-demand/v1/sessions/{session['sessionId']}", headers=HEADERS)
        connection.getresponse().read()
    return sorted(times)

async def at_once(first, count, more={}):
    """Every request on a connection of its own, all connections open before the first is sent."""
    async def connect(): return await asyncio.open_connection("127.0.0.1", 9391)
    pairs = []
    for start in range(0, count, 100): pairs += await asyncio.gather(*[connect() for _ in range(min(100, count - start))])
    statuses = []
    async def create(number, reader, writer):
        text = body(number, more)
        writer.write(("POST /quality-on-demand/v1/sessions HTTP/1.1\r\nhost: x\r\nconnection: close\r\n" + "".join(f"{k}: {v}\r\n" for k, v in HEADERS.items())
                      + f"content-length: {len(text)}\r\n\r\n{text}").encode())
        answer = await reader.read()
        statuses.append((answer.split(b" ", 2)[1], b'"AVAILABLE"' in answer))
    begun = time.perf_counter()
    await asyncio.gather(*[create(first + index, *pair) for index, pair in enumerate(pairs)])
    taken = time.perf_counter() - begun
    for _, writer in pairs: writer.close()
    return taken, statuses.count((b"201", True)), statuses

def line(name, text): print(f"{name:<58} {text}", flush=True)

def latency(name, times):
    line(name, f"p50 {times[len(times) // 2] * 1e3:.2f} ms  p99 {times[int(len(times) * 0.99)] * 1e3:.2f} ms  max {times[-1] * 1e3:.2f} ms")

def bare(gateway, plan):
    """The same state, told by tc and nft themselves."""
    classes, elements = plan.split("# nft -f\n")
    begun = time.monotonic()
    gateway.run("tc", "-batch", "-", input=classes)
    gateway.run("nft", "-f", "-", input=elements)
    return time.monotonic() - begun

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nac", required=True)
    parser.add_argument("--many", type=int, default=10_000)
    arguments = parser.parse_args()
    if os.geteuid() != 0: sys.exit("gateway.py: needs root")
    folder = pathlib.Path(tempfile.mkdtemp())
    gateway = Gateway(arguments.nac, folder)
    try:
        measure(gateway, folder, arguments.many)
    finally:
        gateway.remove()
        shutil.rmtree(folder)

def inside(gateway): into(gateway.name)

def into(name):
    """Has this process, and all that it starts, in the namespace from here on."""
    with open(f"/run/netns/{name}") as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0x40000000) != 0: sys.exit(os.strerror(ctypes.get_errno()))

def measure(gateway, folder, many):
    inside(gateway)
    # What store and HTTP take by themselves: the same with a network in memory.
    text = (folder / "nac.yaml").read_text()
    (folder / "bare.yaml").write_text("\n".join(text.split("network:")[0].splitlines()) + f"\nprofiles: {{ file: {folder}/profiles.yaml }}\n")
    gateway.start("bare.yaml", "bare.db")
    latency("createSession, simulated network, one at a time", one_at_a_time(1_000, 400, lambda n: 45 << 16 | n // 250 << 8 | n % 250 + 1))
    gateway.kill()
    line("start with nothing, until the network was compared", f"{gateway.start():.3f} s")
    latency("createSession with none there, each deleted before the next", come_and_go(3_000_000, 400))
    latency("createSession until the kernel has it, one at a time", one_at_a_time(0, 400))
    # Flat: what is there already costs a creation nothing.
    first = 2_000_000
    for there in [500, 1_000]:
        first = gateway.fill(first, there)
        gateway.settle()
        latency(f"createSession with {gateway.sessions()} sessions there, each deleted before the next", come_and_go(3_000_000, 400))
        gateway.settle()
    taken, good, statuses = asyncio.run(at_once(1_000, 1_000))
    line("1,000 createSession at once", f"{taken:.3f} s, {good / taken:.0f} sessions/s; not AVAILABLE: {1_000 - good}")
    if good < 1_000: print(set(statuses))
    begun = time.perf_counter()
    number = gateway.fill(10_000, many)
    line(f"up to {gateway.sessions()} sessions, 500 at once", f"{time.perf_counter() - begun:.1f} s")
    begun = time.perf_counter()
    line("classes on an interface when no more are made ahead", f"{gateway.settle()}, {time.perf_counter() - begun - 4:.1f} s later")
    latency(f"createSession with {gateway.sessions()} sessions there, one at a time", one_at_a_time(number, 400))
    latency("the same, each deleted before the next", come_and_go(number + 1_000, 400))
    gateway.settle()
    taken, good, statuses = asyncio.run(at_once(number + 2_000, 500))
    line(f"500 at once with {gateway.sessions()} sessions there", f"{taken:.3f} s, {good / taken:.0f} sessions/s; not AVAILABLE: {500 - good}")
    time.sleep(2)
    starts = []
    for _ in range(5):
        gateway.kill()
        starts.append(gateway.start())
        time.sleep(1)
    starts.sort()
    line(f"start after a kill, {gateway.sessions()} sessions in the kernel, five times", f"{starts[0]:.3f}, {starts[2]:.3f}, {starts[4]:.3f} s (least, median, most)")
    gateway.kill()
    gateway.clear()
    plan = gateway.run(gateway.nac, "serve", "--config", str(folder / "nac.yaml"), "--database", f"sqlite:{folder}/nac.db", "--dry-run")
    known = bare(gateway, plan)
    line("the same state told by tc -batch and nft -f", f"{known:.2f} s")
    gateway.clear()
    taken = gateway.start()
    expected = plan.count("add element inet nac sessions ")
    begun = time.monotonic()
    while gateway.sessions() < expected: time.sleep(0.2)
    taken += time.monotonic() - begun
    line("start with the kernel empty, until it has all", f"{taken:.2f} s, {taken / known:.2f} of that")

if __name__ == "__main__": main()
