#!/usr/bin/env python3
"""Measures with real packets what sessions get: guarantees, ceilings, round trips, and what they cost the others.

A device, a gateway with nac serve, and a service are network namespaces of this program's own; the gateway's links carry 100 Mbit/s each. Competing flows
are TCP connections of another device to the same service. Needs root, iproute2, nftables, iperf3 and ping.
"""
import argparse, json, os, pathlib, re, shutil, subprocess, sys, tempfile, threading, time
from gateway import Gateway, HEADERS, at_once, inside, line, run
import asyncio, http.client

CELL = 100_000_000
SHARES = [1, 10, 40, 80]
# Mbit/s; the first is among the sessions of a cell of 100 Mbit/s, the others of one of 40 Gbit/s.
SLOW, FAST = 0.1, [1_000, 5_000, 10_000]
ADDRESSES = {4: ("10.45.0.2", "10.45.0.3", "198.51.100.7"), 6: ("2001:db8:45::2", "2001:db8:45::3", "2001:db8:99::7")}

def profiles():
    """What is guaranteed is the most at once, so that nothing that others leave over is counted as kept."""
    text = "- { name: QOS_E, status: ACTIVE, priority: 1, targetMinUpstreamRate: { value: 500, unit: kbps }, maxUpstreamRate: { value: 500, unit: kbps }," \
           " targetMinDownstreamRate: { value: 500, unit: kbps }, maxDownstreamRate: { value: 500, unit: kbps }, minDuration: { value: 1, unit: Seconds }, maxDuration: { value: 1, unit: Days } }\n"
    for share in SHARES + [SLOW] + FAST:
        value, unit = (int(share * 1000), "kbps") if share < 1 else (share, "Mbps") if share < 1000 else (share // 1000, "Gbps")
        rate = f"{{ value: {value}, unit: {unit} }}"
        text += f"- {{ name: P_{int(share * 1000)}, status: ACTIVE, targetMinUpstreamRate: {rate}, targetMinDownstreamRate: {rate}, maxUpstreamRate: {rate}, maxDownstreamRate: {rate}," \
                " minDuration: { value: 1, unit: Seconds }, maxDuration: { value: 1, unit: Days } }\n"
    text += "- { name: M_10, status: ACTIVE, maxUpstreamRate: { value: 10, unit: Mbps }, maxDownstreamRate: { value: 10, unit: Mbps }, minDuration: { value: 1, unit: Seconds }, maxDuration: { value: 1, unit: Days } }\n"
    return text + "- { name: SMALL, status: ACTIVE, targetMinUpstreamRate: { value: 8, unit: kbps }, targetMinDownstreamRate: { value: 8, unit: kbps }, minDuration: { value: 1, unit: Seconds }, maxDuration: { value: 1, unit: Days } }\n"

class Network(Gateway):
    """The gateway with a device's and a service's side."""
    def __init__(self, nac, folder, capacity, number=0):
        self.sides = {}
        super().__init__(nac, folder, number)
        (folder / "profiles.yaml").write_text(profiles())
        text = (folder / "nac.yaml").read_text().replace("10Gbps", capacity).replace("[10.0.0.0/8]", '[10.0.0.0/8, "2001:db8:45::/48"]')
        (folder / "nac.yaml").write_text(text)
        for side, peer, own, others in [
            ("device", "ran1", ["10.45.0.1/16", "2001:db8:45::1/64"], ["10.45.0.2/16", "10.45.0.3/16", "2001:db8:45::2/64", "2001:db8:45::3/64"]),
            ("service", "wan1", ["198.51.100.1/24", "2001:db8:99::1/64"], ["198.51.100.7/24", "2001:db8:99::7/64"])]:
            name = self.sides[side] = f"{self.name}-{side}"
            run("ip", "netns", "add", name)
            self.run("ip", "link", "set", peer, "netns", name)
            for address in own: self.run("ip", "address", "add", address, "dev", peer.replace("1", "0"), "nodad")
            for address in others: self.at(side, "ip", "address", "add", address, "dev", peer, "nodad")
            # Packets of the size of real links; a pair of virtual ones would hand on 64 KiB at a time.
            self.at(side, "ip", "link", "set", peer, "gso_max_segs", "1")
            self.run("ip", "link", "set", peer.replace("1", "0"), "gso_max_segs", "1")
            self.at(side, "ip", "link", "set", peer, "up")
            self.at(side, "ip", "link", "set", "lo", "up")
            self.at(side, "ip", "route", "add", "default", "via", own[0].split("/")[0])
            self.at(side, "ip", "-6", "route", "add", "default", "via", own[1].split("/")[0])
        for setting in ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]: self.run("sysctl", "-qw", setting)
        for port in [5301, 5302, 5303]: self.at("service", "iperf3", "-s", "-D", "-p", str(port))

    def command(self, side, *command): return ["ip", "netns", "exec", self.sides[side], *command]
    def at(self, side, *command): return run(*self.command(side, *command))

    def create(self, profile, family, device=0, **more):
        address, service = ADDRESSES[family][device], ADDRESSES[family][2]
        named = {"ipv4Address": {"publicAddress": address, "privateAddress": address}} if family == 4 else {"ipv6Address": address}
        return self.ask("POST", "", {"device": named, "qosProfile": profile, "duration": 3600, "applicationServer": {f"ipv{family}Address": service}, **more})["sessionId"]

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", 9391, timeout=10)
        connection.request(method, "/quality-on-demand/v1/sessions" + path, body and json.dumps(body), HEADERS)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300: sys.exit(f"{method} {path}: {answer.status} {text}")
        return json.loads(text) if text else None

    def iperf(self, device, family, *more, port=5301, wait=True):
        command = self.command("device", "iperf3", "-J", "-c", ADDRESSES[family][2], "-B", ADDRESSES[family][device], "-p", str(port), *more)
        if not wait: return subprocess.Popen(command, stdout=subprocess.DEVNULL)
        # A server serves one test at a time, and takes a moment to see that one was killed.
        for _ in range(20):
            result = json.loads(subprocess.run(command, capture_output=True, text=True).stdout)
            if "error" not in result: return result
            time.sleep(0.5)
        sys.exit(f"iperf3: {result['error']}")

    def sent(self, direction, classes):
        """Bytes and packets that the classes of a direction have sent, those of sessions or the one for all others."""
        text = self.run("tc", "-s", "class", "show", "dev", "ran0" if direction == "down" else "wan0")
        total = [0, 0]
        for name, size, packets in re.findall(r"class htb 4e41:(\S+) .*\n Sent (\d+) bytes (\d+) pkt", text):
            if (name == "2") == (classes == "others") and name != "1": total = [total[0] + int(size), total[1] + int(packets)]
        return total

    def rate(self, direction, classes, seconds):
        """Bits per second of IP packets, without Ethernet's headers."""
        before, begun = self.sent(direction, classes), time.monotonic()
        time.sleep(seconds)
        after, taken = self.sent(direction, classes), time.monotonic() - begun
        return (after[0] - before[0] - 14 * (after[1] - before[1])) * 8 / taken

    def round_trip(self, family):
        text = self.at("device", "ping", "-i", "0.02", "-c", "150", "-I", ADDRESSES[family][0], ADDRESSES[family][2])
        times = sorted(float(time) for time in re.findall(r"time=([0-9.]+)", text))
        return times[len(times) // 2], times[int(len(times) * 0.99)]

    def remove(self):
        for name in self.sides.values():
            for process in run("ip", "netns", "pids", name).split(): subprocess.run(["kill", "-9", process])
        super().remove()
        for name in self.sides.values(): run("ip", "netns", "delete", name)

def both(direction): return ["-R"] if direction == "down" else []

def kept(network, family, direction, share, seconds):
    """What a session gets of its guarantee: TCP payload, and IP bytes."""
    time.sleep(0.5)  # iperf3 serves one test at a time
    session = network.create(f"P_{int(share * 1000)}", family)
    result = []
    flow = threading.Thread(target=lambda: result.append(network.iperf(0, family, "-t", str(seconds + 1), "-O", "2", *both(direction))))
    flow.start()
    time.sleep(2.5)
    packets = network.rate(direction, "sessions", seconds) / (share * 1e6)
    flow.join()
    network.ask("DELETE", f"/{session}")
    return result[0]["end"]["sum_received"]["bits_per_second"] / (share * 1e6), packets

def guarantees(network, flows, seconds):
    worst = {4: [(9, ""), (9, "")], 6: [(9, ""), (9, "")]}
    for family in [4, 6]:
        for direction in ["down", "up"]:
            for count in flows:
                time.sleep(1)
                others = network.iperf(1, family, "-P", str(count), "-t", "600", *both(direction), port=5302, wait=False)
                time.sleep(1.5)
                for share in SHARES:
                    # A packet more or less at 1 Mbit/s is 1.2 % of a second.
                    values = kept(network, family, direction, share, seconds * (2 if share == 1 else 1))
                    where = f"IPv{family} {direction}, {count} flows, {share} %"
                    print(f"  {where:<34} payload {values[0]:.3f}, IP bytes {values[1]:.3f} of the guarantee", flush=True)
                    worst[family] = [min(known, (value, where)) for known, value in zip(worst[family], values)]
                others.kill()
                time.sleep(0.5)
    for family, values in worst.items():
        for name, (value, where) in zip(["payload", "IP bytes"], values): line(f"guarantee, IPv{family}, the worst of all, {name}", f"{value:.3f} ({where})")

def slow(network):
    """100 kbit/s: eight packets a second."""
    for direction in ["down", "up"]:
        time.sleep(1)
        others = network.iperf(1, 4, "-P", "8", "-t", "60", *both(direction), port=5302, wait=False)
        time.sleep(1.5)
        payload, packets = kept(network, 4, direction, SLOW, 30)
        line(f"a guarantee of 100 kbit/s against 8 flows, {direction}", f"payload {payload:.3f}, IP bytes {packets:.3f} of it")
        others.kill()
        time.sleep(0.5)

def fast(network):
    """Without a session, then with guarantees that are maxima too; packets as large as links between namespaces have them."""
    for side, peer in [("device", "ran1"), ("service", "wan1")]:
        network.at(side, "ip", "link", "set", peer, "gso_max_segs", "65535")
        network.run("ip", "link", "set", peer.replace("1", "0"), "gso_max_segs", "65535")
    bare = network.iperf(0, 4, "-t", "4", "-O", "1")["end"]["sum_received"]["bits_per_second"]
    line("TCP without a session, up, in a cell of 40 Gbit/s", f"{bare / 1e9:.2f} Gbit/s")
    for rate in FAST:
        if rate * 1e6 > bare: line(f"a guarantee of {rate / 1000:.0f} Gbit/s", "more than this machine forwards"); continue
        payload, packets = kept(network, 4, "up", rate, 5)
        line(f"a guarantee of {rate / 1000:.0f} Gbit/s, up", f"payload {payload:.3f}, IP bytes {packets:.3f} of it")

def others_share(network):
    for direction in ["down", "up"]:
        session = network.create("P_80000", 4)
        others = network.iperf(1, 4, "-P", "8", "-t", "20", *both(direction), port=5302, wait=False)
        time.sleep(2)
        rate = network.rate(direction, "others", 5)
        line(f"the others' share with 80 % promised to an idle session, {direction}", f"{rate / CELL:.3f} of what the cell carries")
        others.kill()
        network.ask("DELETE", f"/{session}")
        time.sleep(0.5)

def ceilings(network):
    for direction in ["down", "up"]:
        time.sleep(1)  # iperf3 serves one test at a time
        session = network.create("M_10", 4)
        flow = network.iperf(0, 4, "-t", "8", *both(direction), wait=False)
        time.sleep(2)
        line(f"a session with a maximum of 10 Mbit/s in an idle cell, {direction}", f"{network.rate(direction, 'sessions', 5) / 1e7:.3f} of it")
        flow.wait()
        network.ask("DELETE", f"/{session}")

def round_trips(network):
    for family in [4, 6]:
        idle = network.round_trip(family)
        others = [network.iperf(1, family, "-P", "16", "-t", "60", *both(direction), port=port, wait=False) for direction, port in [("down", 5302), ("up", 5303)]]
        time.sleep(3)
        full = network.round_trip(family)
        session = network.create("QOS_E", family)
        time.sleep(1)
        served = network.round_trip(family)
        line(f"round trip, IPv{family}: idle; full; full with QOS_E (median, p99)",
             "; ".join(f"{median:.2f}, {late:.2f} ms" for median, late in [idle, full, served]) + f"; {served[0] / idle[0]:.2f} of idle")
        network.ask("DELETE", f"/{session}")
        for flow in others: flow.kill()
        time.sleep(0.5)

def disturbed(network):
    session = network.create("P_10000", 4)
    flow = subprocess.Popen(network.command("device", "iperf3", "-J", "-u", "-c", ADDRESSES[4][2], "-B", ADDRESSES[4][0], "-p", "5301", "-b", "8M", "-l", "400", "-t", "10"),
                            stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    changes, end = 0, time.monotonic() + 8
    connection = http.client.HTTPConnection("127.0.0.1", 9391, timeout=10)
    while time.monotonic() < end:
        body = {"device": {"ipv4Address": {"publicAddress": "10.45.9.9", "privateAddress": "10.45.9.9"}}, "qosProfile": "P_1000", "duration": 3600,
                "applicationServer": {"ipv4Address": ADDRESSES[4][2]}}
        other = network.ask("POST", "", body)["sessionId"]
        network.ask("DELETE", f"/{other}")
        changes += 2
    result = json.loads(flow.communicate()[0])["end"]["sum"]
    line(f"packets of a session lost while {changes} others came and went", f"{result['lost_packets']} of {result['packets']}")
    network.ask("DELETE", f"/{session}")

PORTS = {"pairs": {}, "ports": {"ports": [5301]}, "ranges": {"ranges": [{"from": 5300, "to": 5309}]}}

def forwarding(networks, kind):
    """Small datagrams as fast as they go through one session's class, of the gateway with one session and the one with many in turn: machines drift."""
    def rate(network):
        # Sent by one processor, which forwards as well, and received by the other.
        flow = network.iperf(0, 4, "-u", "-b", "0", "-l", "64", "-t", "3", "-A", "0,1", wait=False)
        time.sleep(0.7)
        before, begun = network.sent("up", "sessions"), time.monotonic()
        time.sleep(2)
        found = (network.sent("up", "sessions")[1] - before[1]) / (time.monotonic() - begun)
        flow.wait()
        time.sleep(0.3)
        return found
    pairs = [[rate(network) for network in networks] for _ in range(9)]
    ratios = sorted(many / one for one, many in pairs)
    one, many = (sorted(values)[len(pairs) // 2] for values in zip(*pairs))
    line(f"packets forwarded in a session ({kind}): alone, and with {networks[1].sessions()} like it",
         f"{one:.0f}, {many:.0f} /s; in pairs {ratios[0]:.3f}, {ratios[len(ratios) // 2]:.3f}, {ratios[-1]:.3f} (least, median, most)")

def fill(network, many, kind):
    network.start()
    more = {"applicationServerPorts": PORTS[kind]} if PORTS[kind] else {}
    network.create("SMALL", 4, **more)
    network.fill(1_000_000, many, more=more)
    network.settle()

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nac", required=True)
    parser.add_argument("--many", type=int, default=10_000, help="sessions for the forwarding rate")
    parser.add_argument("--flows", default="8,32,128")
    parser.add_argument("--seconds", type=int, default=4)
    cell, wide = ["ceilings", "round_trips", "others_share", "disturbed", "slow", "guarantees"], ["fast", "pairs", "ports", "ranges"]
    parser.add_argument("--only", default=",".join(cell + wide))
    arguments = parser.parse_args()
    if os.geteuid() != 0: sys.exit("promises.py: needs root")
    wanted = arguments.only.split(",")
    # What makes many sessions or other links has networks of its own.
    runs = [("100Mbps", [name for name in wanted if name in cell])] + [("40Gbps", [name]) for name in wanted if name in wide]
    for capacity, names in runs:
        if names and names[0] in PORTS:
            with_networks(arguments, capacity, [lambda network, many=many: fill(network, many, names[0]) for many in [1, arguments.many]],
                          lambda networks: forwarding(networks, names[0]))
        elif names:
            with_networks(arguments, capacity, [lambda network: work(network, names, arguments)], lambda networks: None)

def with_networks(arguments, capacity, inner, outer):
    """Makes a network for each of `inner`, which works inside its gateway; then `outer` works with all of them from outside."""
    networks, folders = [], []
    try:
        for body in inner:
            folders.append(pathlib.Path(tempfile.mkdtemp()))
            networks.append(Network(arguments.nac, folders[-1], capacity, len(networks)))
            # In a process of its own, as it stays in the gateway's namespace.
            if os.fork() == 0: inside_of(networks[-1], body)
            if os.wait()[1] != 0: sys.exit(1)
        outer(networks)
    finally:
        for folder in folders: subprocess.run(["pkill", "-KILL", "-f", f"{arguments.nac} serve --config {folder}"])
        for network in networks: network.remove()
        for folder in folders: shutil.rmtree(folder)

def inside_of(network, body):
    try:
        inside(network)
        body(network)
        os._exit(0)
    except BaseException as error:
        print(f"promises.py: {error!r} {getattr(error, 'stderr', '')}", file=sys.stderr, flush=True)
        os._exit(1)

def work(network, names, arguments):
    network.start()
    for name in names:
        if name == "guarantees": guarantees(network, [int(text) for text in arguments.flows.split(",")], arguments.seconds)
        else: {"slow": slow, "fast": fast, "ceilings": ceilings, "round_trips": round_trips, "others_share": others_share, "disturbed": disturbed}[name](network)

if __name__ == "__main__": main()
