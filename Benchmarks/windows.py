#!/usr/bin/env python3
"""Measures with real packets whether a guarantee is kept in every tenth of a second, and how long a ping waits beside a download of the same session.

The cell has 40 Mbit/s in each direction and others send three times as much into it. Each datagram of the session carries the time when it was sent and
is received with the kernel's time stamp. A window's bytes are read off the line between arrivals, so that a whole packet more or less at its edge
does not count. A window in which the session had nothing to send for a millisecond is the sender's failure, and is counted apart. With --seconds 600
and --expire entries of neighbours expire meanwhile. Needs root, iproute2, nftables, iperf3 and ping.
"""
import argparse, array, multiprocessing, os, pathlib, re, shutil, socket, struct, subprocess, sys, tempfile, threading, time
from gateway import inside, into, line
from promises import ADDRESSES, Network

CELL = 40_000_000
WINDOW = 0.1

def profiles():
    text = ""
    for share in [10, 40, 80]:
        rate = f"{{ value: {CELL // 100 * share // 1_000_000}, unit: Mbps }}"
        text += f"- {{ name: P_{share}, status: ACTIVE, targetMinUpstreamRate: {rate}, targetMinDownstreamRate: {rate}, maxUpstreamRate: {rate}, maxDownstreamRate: {rate}," \
                " minDuration: { value: 1, unit: Seconds }, maxDuration: { value: 1, unit: Days } }\n"
    return text

def send(namespace, source, target, port, rate, size, seconds):
    """Datagrams of `size` bytes of IP at `rate` bits a second, as even as a process can."""
    into(namespace)
    family = socket.AF_INET6 if ":" in target else socket.AF_INET
    end = socket.socket(family, socket.SOCK_DGRAM)
    end.bind((source, 0))
    padding = bytes(size - (48 if family == socket.AF_INET6 else 28) - 8)
    begun, sent, each = time.monotonic(), 0, size * 8 / rate
    while (now := time.monotonic() - begun) < seconds:
        due = int(now / each)
        while sent < due:
            try: end.sendto(struct.pack("d", time.time()) + padding, (target, port))
            except OSError: pass  # the own queue is full, or nobody listens there
            sent += 1
        time.sleep(max(0.0002, each / 2))

def receive(namespace, address, port, size, seconds, answer):
    """When datagrams were sent and arrived, one after the other, in seconds."""
    into(namespace)
    end = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    end.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)  # SO_RCVBUFFORCE
    end.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
    end.bind((address, port))
    end.settimeout(1)
    times, stop = array.array("d"), time.monotonic() + seconds
    while time.monotonic() < stop:
        try: sent, [(_, _, stamp)], _, _ = end.recvmsg(8, 64)
        except TimeoutError: continue
        whole, part = struct.unpack("qq", stamp[:16])
        times.append(struct.unpack("d", sent)[0])
        times.append(whole + part / 1e9)
    answer.send(times.tobytes())

def windows(sent, times, size):
    """Bits a second of each window in which the session had something to send all the time, and how many others there were."""
    rates, short = [], 0
    begin, index = times[0], 1
    while begin + WINDOW <= times[-1]:
        end, idle, bits = begin + WINDOW, 0.0, 0.0
        while True:
            earlier, later = times[index - 1], times[index]
            share = (min(later, end) - max(earlier, begin)) / (later - earlier) if later > earlier else 1.0
            bits += share * size * 8
            idle += max(0.0, min(sent[index], end) - max(earlier, begin))
            if later >= end: break
            index += 1
        if idle > 0.001: short += 1
        else: rates.append(bits / WINDOW)
        begin = end
    return rates, short

def kept(network, family, direction, share, size, seconds):
    own, other, service = ADDRESSES[family]
    session = network.create(f"P_{share}", family)
    sides = [network.sides["service"], network.sides["device"]]
    addresses, crowd = [service, own], [service, other]
    if direction == "up":
        for pair in sides, addresses, crowd: pair.reverse()
    total, jobs = seconds + 4, []
    mine, theirs = multiprocessing.Pipe(False)
    jobs.append(multiprocessing.Process(target=receive, args=(sides[1], addresses[1], 7000, size, total, theirs)))
    jobs.append(multiprocessing.Process(target=send, args=(sides[0], crowd[0], crowd[1], 9, 3 * CELL, 1400, total)))
    jobs.append(multiprocessing.Process(target=send, args=(sides[0], addresses[0], addresses[1], 7000, 1.3 * CELL * share / 100, size, total)))
    for job in jobs: job.start()
    theirs.close()
    times = array.array("d")
    times.frombytes(mine.recv())
    for job in jobs: job.join()
    network.ask("DELETE", f"/{session}")
    sent, times = times[0::2], times[1::2]
    if len(times) < 100: sys.exit(f"only {len(times)} datagrams arrived")
    first = next(index for index, moment in enumerate(times) if moment > times[0] + 2)
    rates, short = windows(sent[first:], times[first:], size)
    rates = sorted(rate / (CELL * share / 100) for rate in rates)
    below = sum(rate < 0.99 for rate in rates)
    line(f"{share} %, IPv{family} {direction}, packets of {size}",
         f"{len(rates)} windows: least {rates[0]:.3f}, 1 % {rates[len(rates) // 100]:.3f}, median {rates[len(rates) // 2]:.3f}; below 0.99: {below}; not filled by the sender: {short}"
         if rates else "no window was filled by the sender")
    return below

def expire(network):
    """Entries are confirmed anew each second or two, and deleted again and again."""
    for family in ["ipv4", "ipv6"]:
        for interface in ["ran0", "wan0"]:
            network.run("sysctl", "-qw", f"net.{family}.neigh.{interface}.base_reachable_time_ms=1000", f"net.{family}.neigh.{interface}.delay_first_probe_time=1")
    def delete():
        while True:
            for family in [4, 6]:
                for address, interface in [(ADDRESSES[family][0], "ran0"), (ADDRESSES[family][2], "wan0")]:
                    subprocess.run(["ip", "netns", "exec", network.name, "ip", "neighbour", "delete", address, "dev", interface], capture_output=True)
            time.sleep(2)
    threading.Thread(target=delete, daemon=True).start()

def beside(network):
    """A ping and a TCP download in one session of 4 Mbit/s."""
    for direction in ["down", "up"]:
        time.sleep(1)
        session = network.create("P_10", 4)
        flow = network.iperf(0, 4, "-t", "14", *(["-R"] if direction == "down" else []), wait=False)
        time.sleep(4)
        text = network.at("device", "ping", "-i", "0.05", "-c", "150", "-I", ADDRESSES[4][0], ADDRESSES[4][2])
        times = sorted(float(time) for time in re.findall(r"time=([0-9.]+)", text))
        flow.wait()
        network.ask("DELETE", f"/{session}")
        line(f"a ping beside a bulk TCP {direction} in one session of 4 Mbit/s",
             f"median {times[len(times) // 2]:.1f}, p99 {times[int(len(times) * 0.99)]:.1f} ms, {150 - len(times)} lost")

def work(network, arguments):
    (network.folder / "profiles.yaml").write_text(profiles())
    network.start()
    if arguments.expire: expire(network)
    below = 0
    for direction in arguments.directions.split(","):
        for share in [int(text) for text in arguments.shares.split(",")]:
            for family in [int(text) for text in arguments.families.split(",")]:
                for size in [int(text) for text in arguments.sizes.split(",")]:
                    below += kept(network, family, direction, share, size, arguments.seconds)
    line("windows below 0.99 of the guarantee, in all", str(below))
    if arguments.beside: beside(network)

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nac", required=True)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--shares", default="10,40,80")
    parser.add_argument("--sizes", default="1400,200")
    parser.add_argument("--families", default="4,6")
    parser.add_argument("--directions", default="down,up")
    parser.add_argument("--expire", action="store_true", help="let entries of neighbours expire meanwhile")
    parser.add_argument("--no-ping", dest="beside", action="store_false")
    arguments = parser.parse_args()
    if os.geteuid() != 0: sys.exit("windows.py: needs root")
    folder = pathlib.Path(tempfile.mkdtemp())
    network = Network(arguments.nac, folder, "40Mbps")
    try:
        process = multiprocessing.Process(target=lambda: (inside(network), work(network, arguments)))
        process.start()
        process.join()
    finally:
        subprocess.run(["pkill", "-KILL", "-f", f"{arguments.nac} serve --config {folder}"])
        network.remove()
        shutil.rmtree(folder)
    sys.exit(process.exitcode)

if __name__ == "__main__": main()
