"""The tools a person runs: they parse, they need nothing installed, and they do what they say."""

import os
import re
import shutil
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = [ROOT / "tools" / name for name in ("demo", "test", "setup.sh")] + [ROOT / ".ci" / "run"]


def bash(script, path=None, **environ):
    """Run bash lines with tools/setup.sh read, and return what came of it."""
    lines = f"set -euo pipefail\nsource {ROOT}/tools/setup.sh\n{textwrap.dedent(script)}"
    return subprocess.run(
        ["bash", "-c", lines],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PATH": path or os.environ["PATH"], **environ},
    )


def program(directory, name, text):
    """Write a program into a directory."""
    path = directory / name
    path.write_text(f"#!/bin/bash\n{text}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_the_scripts_parse(path):
    """bash reads every script without a complaint."""
    done = subprocess.run(["bash", "-n", path], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("path", [p for p in SCRIPTS if p.suffix != ".sh"], ids=lambda p: p.name)
def test_what_a_person_runs_can_be_run(path):
    """The tools are executable and stop at the first failure."""
    assert path.stat().st_mode & stat.S_IXUSR
    assert "set -euo pipefail" in path.read_text()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_package_registry_is_named(path):
    """Where packages come from is the machine's affair: no host is named anywhere."""
    assert not re.search(r"https?://|pypi|index-url", path.read_text())


class TestFindPython:
    """Which Python the virtual environment is made with."""

    def test_one_that_is_new_enough_is_found(self):
        """The interpreter found is at least 3.11."""
        done = bash("find_python")

        version = subprocess.check_output(
            [done.stdout.strip(), "-c", "import sys; print(sys.version_info >= (3, 11))"], text=True
        )
        assert version == "True\n"

    def test_an_old_one_is_passed_over(self, tmp_path):
        """A python3 that is too old is not taken where a newer one has its own name."""
        program(tmp_path, "python3", "exit 1")
        program(tmp_path, "python3.12", "exit 0")

        assert f"{tmp_path}/python3.12\n" == bash("find_python", f"{tmp_path}:/bin").stdout

    def test_without_any_the_package_is_named(self, tmp_path):
        """Without a Python and without a way to install one, the error says which package."""
        for name in ("python3", "python3.14", "python3.13", "python3.12", "python3.11"):
            program(tmp_path, name, "exit 1")
        script = f"venv={tmp_path}/venv; can_install_packages() {{ false; }}; prepare ''"

        done = bash(script, f"{tmp_path}:/usr/bin:/bin")

        assert done.returncode == 1
        assert "apt-get install python3 python3-venv" in done.stderr


class TestPrepare:
    """What is done before the first run, and only then."""

    @pytest.fixture
    def pretended(self, tmp_path):
        """Return a PATH on which python3 makes an environment that only notes what it is asked."""
        noting = f'#!/bin/bash\\necho "$@" >>{tmp_path}/asked\\n'
        program(
            tmp_path,
            "python3",
            f'[ "$1" = -m ] && mkdir -p "$3/bin" && printf \'{noting}\' >"$3/bin/python" '
            '&& chmod 755 "$3/bin/python"; exit 0',
        )
        return f"{tmp_path}:/usr/bin:/bin"

    def test_the_second_run_installs_nothing(self, tmp_path, pretended):
        """Once prepared, an environment is used as it is."""
        script = f"venv={tmp_path}/venv; prepare test; prepare test; prepare ''"

        done = bash(script, pretended)

        assert done.returncode == 0, done.stderr
        asked = (tmp_path / "asked").read_text().splitlines()
        assert len(asked) == 1
        assert asked[0].endswith(f"--editable {ROOT}[test]")

    def test_what_the_demonstration_prepared_is_not_enough_for_the_tests(self, tmp_path, pretended):
        """The test extra is added when it is needed."""
        bash(f"venv={tmp_path}/venv; prepare ''; prepare test", pretended)

        assert len((tmp_path / "asked").read_text().splitlines()) == 2

    def test_a_failed_installation_says_what_to_do(self, tmp_path):
        """Without a network the error tells how pip can be pointed elsewhere."""
        script = f"venv={tmp_path}/venv; prepare ''"
        program(
            tmp_path,
            "python3",
            '[ "$1" = -m ] && mkdir -p "$3/bin" && printf "#!/bin/bash\\nexit 1\\n" '
            '>"$3/bin/python" && chmod 755 "$3/bin/python"; exit 0',
        )

        done = bash(script, f"{tmp_path}:/usr/bin:/bin")

        assert done.returncode == 1
        assert "the Python packages could not be installed" in done.stderr
        assert "PIP_FIND_LINKS" in done.stderr
        assert not (tmp_path / "venv" / ".prepared").exists()


class TestInstallPackages:
    """How Debian packages are installed."""

    @pytest.fixture
    def machine(self, tmp_path):
        """Return lines that make a directory stand for the machine, and its apt-get note things."""
        (tmp_path / "sbin").mkdir()
        program(
            tmp_path, "apt-get", f'echo "$* [$(cat {tmp_path}/sbin/policy-rc.d)]" >>{tmp_path}/apt'
        )
        return f"""
            PATH={tmp_path}:$PATH
            policy_file={tmp_path}/sbin/policy-rc.d
            as_root() {{ "$@"; }}
        """

    def test_no_daemon_is_started(self, tmp_path, machine):
        """While packages are installed, a policy forbids to start what is in them; then it goes."""
        done = bash(f"{machine}\ninstall_packages nsd unbound")

        assert done.returncode == 0, done.stderr
        noted = (tmp_path / "apt").read_text()
        assert "install -y -qq --no-install-recommends nsd unbound" in noted
        assert noted.count("exit 101") == 2
        assert list((tmp_path / "sbin").iterdir()) == []

    def test_a_policy_that_was_there_is_there_again(self, tmp_path, machine):
        """The machine's own policy is put aside and brought back, even if the packages fail."""
        policy = tmp_path / "sbin" / "policy-rc.d"
        policy.write_text("its own\n")
        program(tmp_path, "apt-get", "exit 100")

        done = bash(f"{machine}\ninstall_packages nsd || echo failed")

        assert done.stdout == "failed\n"
        assert policy.read_text() == "its own\n"


class TestContinuousIntegration:
    """What `.ci/run` adds to `tools/test`: nothing may be skipped."""

    @pytest.fixture
    def tree(self, tmp_path):
        """Return a tree in which tools/test writes the report a test wants."""
        (tmp_path / ".ci").mkdir()
        (tmp_path / "tools").mkdir()
        (tmp_path / ".venv" / "bin").mkdir(parents=True)
        shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
        (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)

        def run(cases, status=0):
            report = f"<testsuites><testsuite>{cases}</testsuite></testsuites>"
            text = f"for a; do case $a in --junitxml=*) echo '{report}' >${{a#*=}};; esac; done"
            program(tmp_path / "tools", "test", f"{text}\nexit {status}")
            return subprocess.run([tmp_path / ".ci" / "run"], capture_output=True, text=True)

        return run

    def test_all_passed_is_well(self, tree):
        """A report in which nothing was skipped ends with 0."""
        assert tree('<testcase classname="a" name="b"/>').returncode == 0

    def test_a_skipped_test_fails(self, tree):
        """A skipped test is named with its reason, and fails the run."""
        done = tree('<testcase classname="a" name="b"><skipped message="no nsd"/></testcase>')

        assert done.returncode == 1
        assert "skipped: a::b: no nsd" in done.stderr

    def test_no_tests_at_all_fail(self, tree):
        """A run that tested nothing is no success."""
        assert tree("").returncode == 1

    def test_a_failure_is_passed_on(self, tree):
        """What fails in tools/test fails here."""
        assert tree('<testcase classname="a" name="b"/>', status=3).returncode == 3


@pytest.mark.peer
def test_the_demonstration_runs_from_the_tree():
    """`tools/demo --once`, as README opens, once its set-up is done."""
    if not (ROOT / ".venv" / ".prepared").exists():
        pytest.skip("tools/test has not prepared .venv here")

    done = subprocess.run([ROOT / "tools" / "demo", "--once"], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert "live in " in done.stdout
