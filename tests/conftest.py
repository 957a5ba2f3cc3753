"""What all tests share: the hypothesis profile, and a list of what could not be tested here."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, settings

# Two shared cores make the wall clock meaningless, so no example has a deadline.
settings.register_profile(
    "enumd",
    deadline=None,
    max_examples=50,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("enumd")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was skipped and what it would have needed, so that nobody takes it for tested."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(_reason(report) for report in skipped)
    if not reasons:
        return
    terminalreporter.section("not tested here")
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count:5} test{'s' * (count > 1)}: {reason}")


def _reason(report: pytest.TestReport) -> str:
    """Return why a test was skipped."""
    where = report.longrepr
    text = where[2] if isinstance(where, tuple) else str(where)
    return text.removeprefix("Skipped: ")
