"""Structured logs, a line of JSON each, with the request's id; tokens in paths never reach them."""

import logging
import re
import sys

import structlog

SECRET_PATHS = re.compile(r"/(link|invite)/[^/?\s]+")


def configure() -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def safe_path(path: str) -> str:
    """The path as it may be written down: a link's token is cut out."""
    return SECRET_PATHS.sub(r"/\1/…", path)
