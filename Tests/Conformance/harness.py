"""What the conformance scripts share: virtual environments under .build/, and a platform to talk to."""
import os, pathlib, re, signal, subprocess, sys, tempfile, threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The specifications beside the package; what reads them is skipped where they are not.
SPECIFICATIONS = ROOT.parent / "shared" / "specs" / "camara"


def run_quietly(command):
    """The end of what a command said, where it failed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return None if done.returncode == 0 else done.stdout[-800:]


def environment(name, *packages):
    """A virtual environment's Python, made where it is missing, and None; or None and what went wrong."""
    folder = ROOT / ".build" / f"venv-{name}"
    python = folder / "bin" / "python"
    wanted = " ".join(packages)
    installed = folder / "installed"
    if installed.exists() and installed.read_text() == wanted and python.exists():
        return str(python), None
    problem = run_quietly([sys.executable, "-m", "venv", "--clear", str(folder)])
    problem = problem or run_quietly([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages])
    if problem:
        return None, problem
    installed.write_text(wanted)
    return str(python), None


class Platform:
    """`nac serve` over an empty folder, on a free port."""

    def __init__(self, nac, *arguments, log=subprocess.DEVNULL, settings={}):
        self.folder = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            [nac, "serve", "--port", "0", *arguments], cwd=self.folder.name, stdout=subprocess.PIPE, stderr=log, text=True,
            env={**os.environ, **settings})
        self.base = None
        timer = threading.Timer(30, self.process.kill)
        timer.start()
        for line in self.process.stdout:
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                self.base = found.group()
                break
        timer.cancel()
        if not self.base:
            sys.exit(f"{nac} serve did not start")
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def is_running(self):
        return self.process.poll() is None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.folder.cleanup()
