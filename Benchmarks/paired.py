#!/usr/bin/env python3
"""Compares two builds of nac: CPU time and rate of each kind of request, in pairs of short runs.

    python3 Benchmarks/paired.py OLD NEW [--pairs 12] [--seconds 5] [--only create,jwt,get,delete,sink]

OLD and NEW are paths of nac binaries. Both platforms run the whole time, each with a database of its own; the load goes to one of them
at a time. Each pair begins with the other one of the two. The figures are medians over the pairs: CPU time (user and system) per request,
and the ratios OLD ÷ NEW of CPU time and NEW ÷ OLD of rate, so that above 1 is better in both. The CPU time includes the work that follows
the answers: checkpoints, the removal of deleted sessions, and the deliveries to a sink. Needs wrk.
"""
import argparse, asyncio, contextlib, json, multiprocessing, os, pathlib, re, signal, sqlite3, statistics, subprocess, sys, tempfile, time, urllib.request

HERE = pathlib.Path(__file__).parent
TICK = os.sysconf("SC_CLK_TCK")
IDS = """SELECT lower(substr(h,1,8)||'-'||substr(h,9,4)||'-'||substr(h,13,4)||'-'||substr(h,17,4)||'-'||substr(h,21))
    FROM (SELECT hex(id) AS h FROM session)"""


class Sink(asyncio.Protocol):
    """Answers each notification with 204."""

    def connection_made(self, transport):
        self.transport, self.data = transport, b""

    def data_received(self, data):
        self.data += data
        while (end := self.data.find(b"\r\n\r\n")) >= 0:
            length = re.search(rb"(?i)content-length: *(\d+)", self.data[:end])
            whole = end + 4 + (int(length.group(1)) if length else 0)
            if len(self.data) < whole:
                return
            self.data = self.data[whole:]
            self.transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")


def serve_sink(port):
    async def main():
        server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0, backlog=1024)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


class Platform:
    """`nac serve` with an empty database."""

    def __init__(self, nac, folder):
        self.database = f"{folder}/nac.db"
        os.mkdir(folder)
        self.process = subprocess.Popen(
            [nac, "serve", "--port", "0", "--database", f"sqlite:{self.database}", "--log-level", "error"], stdout=subprocess.PIPE,
            env=dict(os.environ, NAC_LIMITS_SESSIONS_PER_DEVICE="0"))
        line = self.process.stdout.readline().decode()
        found = re.search(r":(\d+)\s*$", line)
        if not found:
            sys.exit(f"paired: {nac} did not start: {line}")
        self.address = f"http://127.0.0.1:{found.group(1)}"
        self.sessions = f"{self.address}/quality-on-demand/v1/sessions"
        self.nets = 0

    def cpu(self):
        """Seconds, user and system."""
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def query(self, sql):
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as database:
            return database.execute(sql).fetchall()

    def settle(self, pending):
        """Waits until a query counts nothing and the platform does nothing."""
        while pending and self.query(pending)[0][0]:
            time.sleep(0.2)
        before = self.cpu()
        for _ in range(20):
            time.sleep(0.3)
            before, now = self.cpu(), before
            if before - now <= 0.02:
                return

    def token(self):
        form = b"grant_type=client_credentials&client_id=sandbox&client_secret=sandbox"
        return json.load(urllib.request.urlopen(f"{self.address}/oauth2/token", form))["access_token"]

    def load(self, arguments, seconds, connections, settings={}, pending=None):
        """One run of wrk: CPU time per request in µs, and requests per second."""
        self.settle(None)
        before = self.cpu()
        text = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", *arguments], env=dict(os.environ, **settings), capture_output=True, text=True,
            timeout=seconds + 60).stdout
        count = int(re.search(r"(\d+) requests in", text).group(1))
        self.settle(pending)
        used = self.cpu() - before
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        if bad:
            print(f"paired: {bad.group(1)} of {count} answers of {' '.join(arguments)} are not 2xx", file=sys.stderr)
        return used / count * 1e6, float(re.search(r"Requests/sec: *([\d.]+)", text).group(1)), count

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()


class Kinds:
    """The kinds of request. A run needs the state that the runs before it leave: sessions, which `delete` removes."""

    all = ["create", "jwt", "get", "delete", "sink"]

    def __init__(self, seconds, connections, sink, folder):
        self.seconds, self.connections, self.sink, self.folder = seconds, connections, sink, folder

    def creation(self, platform, settings, pending=None):
        # Flows of a network of its own, because the ones of earlier runs may still be there.
        platform.nets += 1
        settings = dict(settings, NET=f"10.{platform.nets % 250}")
        return platform.load(["-s", HERE / "create.lua", platform.sessions], self.seconds, self.connections, settings, pending)

    def create(self, platform):
        return self.creation(platform, {})

    def jwt(self, platform):
        return self.creation(platform, {"TOKEN": platform.token()})

    def get(self, platform):
        (id,), = platform.query(IDS + " ORDER BY h DESC LIMIT 1")
        return platform.load(["-s", HERE / "one.lua", f"{platform.sessions}/{id}"], self.seconds, self.connections)

    def delete(self, platform):
        with open(f"{self.folder}/ids", "w") as file:
            file.writelines(f"{id}\n" for id, in platform.query(IDS + " ORDER BY h"))
        # The script stops earlier, when nearly all are deleted.
        return platform.load(
            ["-s", HERE / "delete.lua", f"{platform.sessions}/x"], 60, self.connections, {"IDS": f"{self.folder}/ids"},
            "SELECT count(*) FROM session WHERE status = 2")

    def with_sink(self, platform):
        return self.creation(platform, {"SINK": f"http://127.0.0.1:{self.sink}/"}, "SELECT count(*) FROM event WHERE delivery = 1")


def report(results, kinds):
    print(f"{'':8}{'CPU µs old':>11}{'new':>8}{'ratio':>7}{'least':>7}{'most':>7}{'rate old':>10}{'new':>8}{'ratio':>7}")
    for kind in kinds:
        old, new = zip(*results[kind])
        cpu = [a[0] / b[0] for a, b in results[kind]]
        rate = [b[1] / a[1] for a, b in results[kind]]
        middle = statistics.median
        print(
            f"{kind:8}{middle(x[0] for x in old):11.1f}{middle(x[0] for x in new):8.1f}{middle(cpu):7.3f}{min(cpu):7.3f}{max(cpu):7.3f}"
            f"{middle(x[1] for x in old):10.0f}{middle(x[1] for x in new):8.0f}{middle(rate):7.3f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--only", default=",".join(Kinds.all), help="the kinds of request, separated by commas")
    arguments = parser.parse_args()
    wanted = arguments.only.split(",")
    unknown = set(wanted) - set(Kinds.all)
    if unknown:
        sys.exit(f"paired: {', '.join(unknown)}: not among {', '.join(Kinds.all)}")
    # Reading and deleting need sessions.
    run = [kind for kind in Kinds.all if kind in wanted or kind == "delete" or kind == "create" and {"get", "delete"} & set(wanted)]
    receiver, sender = multiprocessing.Pipe(False)
    sink = multiprocessing.Process(target=serve_sink, args=(sender,), daemon=True)
    sink.start()
    results = {kind: [] for kind in run}
    with tempfile.TemporaryDirectory() as folder:
        kinds = Kinds(arguments.seconds, arguments.connections, receiver.recv(), folder)
        platforms = [Platform(nac, f"{folder}/{place}") for place, nac in enumerate((arguments.old, arguments.new))]
        try:
            for pair in range(arguments.pairs):
                order = platforms if pair % 2 == 0 else platforms[::-1]
                for kind in run:
                    figures = {platform: (kinds.with_sink if kind == "sink" else getattr(kinds, kind))(platform) for platform in order}
                    results[kind].append(tuple(figures[platform] for platform in platforms))
                    if kind == "sink":
                        for platform in order:
                            kinds.delete(platform)
                print(f"pair {pair + 1}: " + ", ".join(f"{kind} {results[kind][-1][0][0] / results[kind][-1][1][0]:.2f}" for kind in run), flush=True)
        finally:
            for platform in platforms:
                platform.stop()
    report(results, [kind for kind in run if kind in wanted])


if __name__ == "__main__":
    main()
