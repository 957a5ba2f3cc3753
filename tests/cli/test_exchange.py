"""`enumd import`, `export` and `publish` at the command line."""

import csv
import io
import os

import pytest

HEADER = "number,service,uri,preference\n"
ROWS = (
    "+441632960100,sip,sip:ada@example.net,10\n"
    "+441632960100,email:mailto,mailto:ada@example.net,20\n"
    "+441632960101,sip,sip:bob@example.net,10\n"
)
EXPORTED = (HEADER + ROWS).replace("preference", "preference,ttl").replace("0\n", "0,\n")


@pytest.fixture
def file(tmp_path):
    """Return a CSV file of two numbers."""
    path = tmp_path / "numbers.csv"
    path.write_text(HEADER + ROWS)
    return path


class TestImport:
    def test_a_file_is_taken_and_published(self, seen, done, directory, file):
        """The result counts lines and numbers and names the serial published."""
        text = seen("import", file)

        assert "imported  3 lines; 0 said nothing new\n" in text
        assert "numbers   2 new, 0 changed, 0 as they were\n" in text
        assert "published enum.example.org. serial 2, 2 names in" in text
        assert len(done("number", "show", "+441632960100")["endpoints"]) == 2

    def test_the_second_time_nothing_changes(self, done, directory, file):
        """Importing a file again takes nothing and publishes nothing."""
        done("import", file)

        again = done("import", file)

        assert tuple(again[key] for key in ("taken", "unchanged", "published")) == (0, 3, [])

    def test_what_is_refused_is_listed_and_counted(self, enumd, done, directory, file):
        """Refused lines leave a file that names line and reason, and exit status 8."""
        file.write_text(HEADER + ROWS + "+44163296010x,sip,sip:eve@example.net,10\n")

        result = enumd("import", file)

        rejects = file.with_name("numbers.rejects.csv")
        assert result.exit_code == 8
        assert f"error[G507]: 1 line refused, listed in {rejects}" in result.stderr
        assert "Reasons: number-character 1." in result.stderr
        assert "taken\t3\n" in result.stdout
        rows = list(csv.DictReader(io.StringIO(rejects.read_text())))
        assert [row["error_line"] for row in rows] == ["5"]
        assert done("number", "show", "+441632960101")["state"] == "claimed"

    def test_the_list_of_refused_lines_can_stand_elsewhere(self, enumd, directory, file, tmp_path):
        """`--rejects` says where."""
        file.write_text("+44163296010x,sip,sip:eve@example.net,10\n")

        enumd("import", file, "--rejects", tmp_path / "refused.csv")

        assert (tmp_path / "refused.csv").exists()

    def test_a_zone_file_brings_its_zone(self, done, directory, tmp_path):
        """A zone file for a new apex adds the zone, with the digits given."""
        path = tmp_path / "new.zone"
        path.write_text(
            "$ORIGIN new.example.\n$TTL 300\n"
            "@ IN SOA ns.example.net. h.example.net. 7 3600 600 86400 60\n"
            "@ IN NS ns.example.net.\n"
            '7.1 IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:ada@example.net!" .\n'
            'info IN TXT "hello"\n'
        )

        imported = done("import", path, "--prefix", "4916", "--as", "acme", "--add-party")

        assert (imported["numbers_created"], len(imported["published"])) == (1, 1)
        assert done("number", "show", "+491617")["holder"] == "acme"
        assert done("zone", "show", "new.example")["prefix"] == "4916"

    def test_an_unknown_party_is_refused(self, enumd, done, refused, directory, file):
        """A misspelt name makes no party: what is near is told, and how to add one."""
        enumd("party", "add", "acme", "--kind", "registrar")

        error = refused("import", file, "--as", "acmee")

        assert (error["exit_status"], error["code"]) == (3, "G501")
        assert "Did you mean acme?" in error["advice"]
        assert "--add-party" in error["advice"]
        assert [row["party"] for row in done("party", "list")] == ["acme"]

    @pytest.mark.parametrize(("answer", "status", "made"), [("y\n", 0, 1), ("n\n", 3, 0)])
    def test_a_person_is_asked(
        self, enumd, done, directory, file, monkeypatch, answer, status, made
    ):
        """On a terminal an unknown party is added if its user says so."""
        monkeypatch.setattr("enumd.cli.exchange.is_a_person", lambda: True)

        result = enumd("import", file, "--as", "acme", input=answer)

        assert result.exit_code == status
        assert "Add acme and import the file" in result.stderr
        assert len(done("party", "list")) == made

    def test_without_a_party_none_is_made(self, done, directory, file):
        """Numbers of no party are the registry's own."""
        done("import", file)

        assert done("party", "list") == []
        assert done("number", "show", "+441632960100")["holder"] is None

    def test_silenced_numbers_are_told(self, seen, done, directory, file):
        """How many numbers lose their endpoints is shown, to programs always."""
        assert done("import", file)["numbers_silenced"] == 0
        file.write_text("+441632960100,none,\n+441632960101,none,\n")

        assert "silenced  2 numbers" in seen("import", file)

    def test_what_was_cleaned_is_told(self, seen, directory, file):
        """A note says what was taken away, of which line."""
        file.write_text("'+441632960100,sip,sip:ada@example.net\n")

        assert "note      number-cleaned, 1 line; line 1: taken as" in seen("import", file)

    def test_progress_is_for_people(self, enumd, directory, file, monkeypatch):
        """On a terminal a bar is drawn on standard error, and the result stays clean."""
        monkeypatch.setattr("enumd.cli.output.sys.stderr.isatty", lambda: True, raising=False)

        assert "taken\t3\n" in enumd("import", file).stdout

    @pytest.mark.parametrize(
        ("content", "status", "text"),
        [(b"\xff\xfe\x00\x01", 2, ""), (b"", 0, "")],
    )
    def test_odd_files_are_no_surprise(self, enumd, directory, tmp_path, content, status, text):
        """Octets that are no text are refused; an empty file is nothing to do."""
        path = tmp_path / "odd.csv"
        path.write_bytes(content)

        assert "Traceback" not in enumd("import", path).stderr

    def test_a_missing_file_is_a_usage_error(self, enumd, directory, tmp_path):
        """A file that is not there is named."""
        result = enumd("import", tmp_path / "none.csv")

        assert result.exit_code == 2
        assert "none.csv' does not exist" in result.stderr

    def test_an_unknown_zone_is_not_found(self, refused, directory, file):
        """`--zone` names a zone of this registry."""
        assert refused("import", file, "--zone", "other.example")["exit_status"] == 3


class TestExport:
    def test_what_is_exported_is_what_was_imported(self, done, seen, directory, file, tmp_path):
        """CSV out is CSV in; the counts are told."""
        done("import", file)

        text = seen("export", tmp_path / "out.csv")

        assert "exported  2 numbers with 3 endpoints" in text
        assert (tmp_path / "out.csv").read_text() == EXPORTED

    def test_standard_output_is_a_file_too(self, enumd, directory, file):
        """`-` writes to standard output, a zone file unless CSV is asked for."""
        enumd("import", file)

        zone = enumd("export", "-")
        assert zone.stdout.startswith("$ORIGIN enum.example.org.")
        assert "exported  2 numbers" in zone.stderr
        assert enumd("export", "-", "--format", "csv").stdout == EXPORTED

    def test_a_number_that_says_nothing_now_is_left_out(self, enumd, seen, directory, file):
        """A suspended number is not in the zone file, and that is told."""
        enumd("import", file)
        enumd("number", "suspend", "+441632960100", "--why", "a test")

        assert "left out  1 number" in seen("export", file.with_name("out.zone"))

    def test_a_failed_export_leaves_the_old_file(self, enumd, directory, file, monkeypatch):
        """A file is replaced whole or not at all."""

        def fails(*_):
            raise OSError(28, "No space left on device")

        out = file.with_name("out.csv")
        out.write_text("as it was")
        monkeypatch.setattr("enumd.operations.work.bulk.export_csv", fails)

        result = enumd("export", out)

        assert result.exit_code == 1
        assert "No space left on device" in result.stderr
        assert out.read_text() == "as it was"
        assert {"numbers.csv", "out.csv"} == {
            path.name for path in file.parent.iterdir() if path.is_file()
        }

    def test_a_pipe_is_written_to(self, enumd, directory, file):
        """What is no regular file is not replaced but written."""
        enumd("import", file)

        assert enumd("export", "/dev/null").exit_code == 0

    def test_of_several_zones_one_is_named(self, enumd, directory, file, tmp_path):
        """With two zones `--zone` is needed, and the choice is listed."""
        enumd("zone", "add", "second.example")

        result = enumd("export", tmp_path / "out.zone")

        assert result.exit_code == 2
        assert "enum.example.org., second.example." in result.stderr
        assert not (tmp_path / "out.zone").exists()
        assert enumd("export", tmp_path / "out.zone", "--zone", "second.example").exit_code == 0


class TestPublish:
    def test_nothing_to_do_is_said(self, enumd, directory):
        """What is published is up to date after every command."""
        result = enumd("-o", "table", "publish")

        assert result.stdout == ""
        assert "nothing to do" in result.stderr

    def test_a_lost_index_is_made_again(self, enumd, done, home, directory, file):
        """Deleting the index loses nothing."""
        enumd("import", file)
        for path in (home / "index").iterdir():
            path.unlink()

        rows = done("publish")

        assert [
            tuple(row[key] for key in ("zone", "from_serial", "to_serial", "names", "how"))
            for row in rows
        ] == [("enum.example.org.", None, 2, 2, "whole")]
        assert enumd("doctor", "--full").exit_code == 0

    def test_a_rebuild_renders_everything(self, seen, enumd, directory, file):
        """`--rebuild` writes every name again under the same serial."""
        enumd("import", file)

        assert "whole" in seen("publish", "--rebuild")


def test_a_running_server_goes_over_to_an_index_made_from_nothing(server, home, enumd, done):
    """A scrambled index is made again, kept aside, and the server answers from the new one."""
    claimed = done("number", "claim", "+441632960017", "--holder", "ada@example.net")
    data = home / "index" / "data.mdb"
    spoiled = home / "index" / "spoiled"
    spoiled.write_bytes(os.urandom(data.stat().st_size))
    spoiled.rename(data)

    assert "error[S402]" in enumd("publish").stderr
    result = enumd("publish", "--rebuild")
    assert result.exit_code == 0
    assert f"it is kept in {home}/index.aside-1" in result.stderr
    changed = done("endpoint", "add", "+441632960017", "sip:ada@example.net")
    assert changed["serial"] == claimed["serial"] + 1
    assert changed["live"]["ms"]
    assert enumd("doctor", "--full").exit_code == 0


def test_a_format_there_is_not_is_not_written_under_its_name(enumd, directory, tmp_path):
    """A file called .json would hold a zone file: it is refused unless the format is said."""
    path = tmp_path / "out.json"
    result = enumd("export", path)

    assert result.exit_code == 2
    assert "csv and zone" in result.stderr
    assert not path.exists()
    assert enumd("export", path, "--format", "csv").exit_code == 0
