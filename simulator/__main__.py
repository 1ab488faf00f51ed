"""`python -m simulator`: serve the simulated WhatsApp and its phone until told to stop."""

from __future__ import annotations

import logging
import socket
import sys

import uvicorn

from simulator.app import create_app
from simulator.config import ConfigError, read_config


def main() -> int:
    """Run; the exit status is 1 when the environment or the port does not allow it."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    try:
        config = read_config()
        family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((config.host, config.port))
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(
            f"The simulator cannot listen on {config.host}:{config.port} (SIMULATOR_PORT): "
            f"{error.strerror}.\n"
        )
        return 1
    uvicorn.run(
        create_app(config),
        host=config.host,
        port=config.port,
        log_level="warning",
        access_log=False,
        ws_max_size=1024 * 1024,
        timeout_graceful_shutdown=2,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
