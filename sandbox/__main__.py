import logging
import signal
import sys
import threading

from sandbox.server import Sandbox
from sandbox.settings import BadSettings, from_arguments


def main(arguments: list[str]) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s sandbox %(levelname)s %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    try:
        sandbox = Sandbox(from_arguments(arguments))
    except (BadSettings, OSError) as fault:
        print(fault, file=sys.stderr)
        return 2
    done = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: done.set())
    threading.Thread(target=sandbox.serve, name="sandbox-server", daemon=True).start()
    print(f"Payment sandbox on {sandbox.url}", flush=True)
    done.wait()
    sandbox.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
