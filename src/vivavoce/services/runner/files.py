"""What a workspace may hand over to a box: names that mean nothing but a file below the work folder, and not too much. Pure."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from vivavoce.contracts.runs import FILE_NAME_LENGTH_MAX, FILES_BYTES_MAX
from vivavoce.kernel.errors import Invalid
from vivavoce.services.runner.sandbox import File


class FileNameRefused(Invalid):
    """A file name that could mean something else than a file below the work folder."""

    code = "file_name_refused"


class FilesTooLarge(Invalid):
    """All files together are more than ``FILES_BYTES_MAX``."""

    code = "files_too_large"


def check_files(files: Iterable[tuple[str, str]], entry: str) -> tuple[File, ...]:
    """Named texts as files for a box.

    Raises:
        FileNameRefused: a name is unsafe, occurs twice, is both file and folder, or ``entry`` is not among them.
        FilesTooLarge: too much in all.
    """
    checked = tuple(
        File(check_file_name(name), text.encode(errors="replace")) for name, text in files
    )
    if sum(len(file.content) for file in checked) > FILES_BYTES_MAX:
        message = f"The files are larger than {FILES_BYTES_MAX >> 10} KB together."
        raise FilesTooLarge(message)
    names = [file.name for file in checked]
    folders = {str(folder) for name in names for folder in PurePosixPath(name).parents}
    if len(set(names)) < len(names) or folders & set(names):
        message = "Two files have the same name."
        raise FileNameRefused(message)
    if entry not in names:
        message = "The file to run is not there."
        raise FileNameRefused(message)
    return checked


def check_file_name(name: str) -> str:
    """The name, if it is a plain relative path: no ``..``, no leading ``/`` or ``-``, no control characters.

    Raises:
        FileNameRefused: it is not.
    """
    parts = name.split("/")
    plain = all(part and part not in (".", "..") and not part.startswith("-") for part in parts)
    if not (plain and len(name) <= FILE_NAME_LENGTH_MAX and name.isprintable()) or "\\" in name:
        message = "A file has a name that cannot be used here."
        raise FileNameRefused(message)
    return name
