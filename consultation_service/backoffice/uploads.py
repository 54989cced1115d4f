"""A form with a file. The file is read as text, in memory, and kept nowhere."""

from typing import Final

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from consultation_service import settings_file
from consultation_service.backoffice.desk import Form, read_form
from consultation_service.participation import asking
from contracts.http import Refusal

MAX_FIELDS: Final = 50
MAX_BYTES: Final = settings_file.MAX_BYTES + 64 * 1024
"""The largest file, and the form around it."""


async def read_upload(request: Request) -> tuple[Form, str]:
    """The fields of a form, and the text of its file: empty when none was chosen.

    Raises ``Refusal``: ``file_refused`` for what is not text in UTF-8, ``invalid_field``, ``unsupported_media_type``.
    """
    if not asking(request.scope["headers"]).content_type.startswith("multipart/form-data"):
        return await read_form(request), ""
    parser = MultiPartParser(
        request.headers, request.stream(), max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_BYTES
    )
    parser.spool_max_size = MAX_BYTES  # what is sent never reaches the disk
    try:
        parts = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError):
        raise Refusal("invalid_field") from None
    try:
        fields = [(name, value) for name, value in parts.multi_items() if isinstance(value, str)]
        files = [value for _, value in parts.multi_items() if isinstance(value, UploadFile)]
        if any("\0" in name + value for name, value in fields):
            raise Refusal("text_refused")
        return Form(fields), _text(await files[0].read()) if files else ""
    finally:
        await parts.close()


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal("file_refused", field="file") from None
    if "\0" in text:
        raise Refusal("file_refused", field="file")
    return text
