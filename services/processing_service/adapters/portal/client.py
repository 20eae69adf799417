"""The national portal over HTTP: a session, a service by name, and answers that are judged by their codes.

Nothing that comes back is trusted: it is bounded in size and time, no redirect is followed, and what does not
have the agreed form is an answer that nobody understands.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, TypeVar

import aiohttp
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import to_json

from services.processing_service.adapters.portal.calls import CallJournal
from services.processing_service.adapters.portal.link import PortalLink
from services.processing_service.application.portal.ports import (
    Answer,
    PortalAwayError,
    PortalUnclearError,
    Shown,
    Verdict,
)
from services.processing_service.domain.portal_document import row_key
from services.processing_service.settings import PortalAccount

_CONNECT_SECONDS, _ANSWER_SECONDS = 5.0, 30.0
_LARGEST_ANSWER = 4 << 20
_LONGEST_PAUSE_SECONDS = 3600.0
_PAGE = 500

_LOGIN = "login"
_DONE, _NO_SESSION = "0", "-1"
_VERDICTS = {
    _DONE: Verdict.DONE,
    "3": Verdict.ALREADY_THERE,
    "-3": Verdict.ALREADY_THERE,
    "4": Verdict.NOT_THERE,
}
_Code = Annotated[str, BeforeValidator(str), Field(max_length=20)]


class _Item(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=False)

    MaHoSo: str
    error_code: _Code


class _Reply(BaseModel):
    """What every service answers with."""

    model_config = ConfigDict(extra="ignore")

    error_code: _Code
    result: list[Any] | None = None


class _Opened(_Reply):
    session: Annotated[str, Field(min_length=1, max_length=2000)]


_Form = TypeVar("_Form", bound=_Reply)


class HttpPortal:
    """Implements `application.portal.ports.Portal`."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        link: PortalLink,
        journal: CallJournal,
        account: PortalAccount,
    ) -> None:
        self._http = http
        self._link = link
        self._journal = journal
        self._address = account.url.rstrip("/")
        self._account = {"username": account.user, "password": account.password.get_secret_value()}
        self._agency = account.agency

    async def is_away(self) -> bool:
        return await self._link.is_away()

    async def send(
        self, documents: Sequence[Mapping[str, Any]], *, update: bool, attempt: int
    ) -> Mapping[str, Answer]:
        codes = [document["MaHoSo"] for document in documents]
        asked = {"isUpdating": str(update), "data": documents}
        return _answers(codes, await self._call("DongBoHoSoMC", asked, codes, attempt))

    async def send_rows(self, rows: Sequence[Mapping[str, str]], *, attempt: int) -> Mapping[str, Answer]:
        codes = list(dict.fromkeys(row["MaHoSo"] for row in rows))
        return _answers(codes, await self._call("CapNhatTienDoHoSoMC", {"data": rows}, codes, attempt))

    async def look_up(self, code: str) -> Shown | None:
        reply = await self._call("TraCuuHoSo", {"mahoso": code}, [code])
        if _VERDICTS.get(reply.error_code) is Verdict.NOT_THERE:
            return None
        try:
            (document,) = _rows(reply)
            rows = frozenset(row_key(row) for row in document.get("TienDo") or ())
        except (ValueError, AttributeError, TypeError) as error:
            raise PortalUnclearError("TraCuuHoSo answers with no dossier") from error
        return Shown(document, rows)

    async def field_codes(self) -> Mapping[str, str]:
        reply = await self._call("LayDanhMucLinhVuc", {}, [])
        try:
            return {str(row["TENLINHVUC"]): str(row["MALINHVUC"]) for row in _rows(reply)}
        except KeyError as error:
            raise PortalUnclearError("LayDanhMucLinhVuc answers with no fields") from error

    async def page(self, day: date | None, after: str | None) -> Sequence[Mapping[str, Any]]:
        asked = {"ngay": day.strftime("%Y%m%d") if day else "", "sau": after or "", "soLuong": str(_PAGE)}
        return _rows(await self._call("LayDanhSachHoSo", asked, []))

    async def _call(
        self, service: str, asked: Mapping[str, Any], codes: Sequence[str], attempt: int = 0
    ) -> _Reply:
        """Once, and once more where the session has ended."""
        turn = await self._link.turn()
        if turn is None:
            raise PortalAwayError("nobody calls for a while")
        await asyncio.sleep(turn.seconds)
        session = turn.session or await self._open(None)
        reply = await self._ask(_Reply, service, {**asked, "session": session}, codes, attempt)
        if reply.error_code == _NO_SESSION:
            session = await self._open(session)
            reply = await self._ask(_Reply, service, {**asked, "session": session}, codes, attempt)
            if reply.error_code == _NO_SESSION:
                await self._link.failed()
                raise PortalAwayError("the portal knows none of the sessions that it opens")
        if turn.troubled:
            await self._link.served()
        return reply

    async def _open(self, old: str | None) -> str:
        try:
            opened = await self._ask(_Opened, _LOGIN, self._account, [], 0)
        except PortalUnclearError as error:
            raise PortalAwayError("no session") from error
        if opened.error_code != _DONE:
            await self._link.failed()
            raise PortalAwayError("the portal does not accept our account")
        await self._link.renewed(old, opened.session)
        return opened.session

    async def _ask(
        self,
        form: type[_Form],
        service: str,
        asked: Mapping[str, Any],
        codes: Sequence[str],
        attempt: int,
    ) -> _Form:
        """Its answer, which is noted whatever it is."""
        body = to_json({**asked, "madonvi": self._agency, "service": service})
        began = time.monotonic()
        outcome, answer_code = "unclear", None
        try:
            answer = form.model_validate_json(await self._post(service, body))
            outcome, answer_code = "answered", answer.error_code
        except _TurnedAwayError as error:
            outcome = "turned_away"
            await self._turned_away(error)
            raise PortalAwayError(f"{service}: {error}") from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            outcome = "away"
            await self._link.failed()
            raise PortalAwayError(f"{service}: nobody there") from error
        except (aiohttp.ClientError, OSError, ValidationError, _NotUnderstoodError) as error:
            await self._link.failed()
            raise PortalUnclearError(f"{service}: {type(error).__name__}") from error
        else:
            return answer
        finally:
            await self._journal.note(
                service,
                codes,
                # Of a password not even a hash is kept.
                b"" if service == _LOGIN else body,
                attempt=attempt,
                outcome=outcome,
                answer_code=answer_code,
                seconds=time.monotonic() - began,
            )

    async def _post(self, service: str, body: bytes) -> bytes:
        async with self._http.post(
            f"{self._address}/{service}",
            data=body,
            headers={"Content-Type": "application/json"},
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=_ANSWER_SECONDS, sock_connect=_CONNECT_SECONDS),
        ) as answer:
            if answer.status in {429, 503}:
                raise _TurnedAwayError(answer.headers.get("Retry-After", ""))
            if answer.status != 200:
                raise _NotUnderstoodError(str(answer.status))
            content = await answer.content.read(_LARGEST_ANSWER + 1)
            while len(content) <= _LARGEST_ANSWER and (more := await answer.content.read(_LARGEST_ANSWER)):
                content += more
            if len(content) > _LARGEST_ANSWER:
                raise _NotUnderstoodError("endless")
            return content

    async def _turned_away(self, error: "_TurnedAwayError") -> None:
        wish = str(error)
        if wish.isdecimal():
            await self._link.not_before(min(float(wish), _LONGEST_PAUSE_SECONDS))
        else:
            await self._link.failed()


class _TurnedAwayError(Exception):
    """429 or 503: nothing was done. The message is what `Retry-After` says."""


class _NotUnderstoodError(Exception):
    """An answer that says nothing about what was done."""


def _answers(codes: Sequence[str], reply: _Reply) -> Mapping[str, Answer]:
    """Each dossier's answer, or the one for all."""
    whole = Answer(_VERDICTS.get(reply.error_code, Verdict.REFUSED), reply.error_code)
    try:
        told = [_Item.model_validate(item) for item in reply.result or ()]
    except ValidationError as error:
        raise PortalUnclearError("an answer for no dossier") from error
    own = {
        item.MaHoSo: Answer(_VERDICTS.get(item.error_code, Verdict.REFUSED), item.error_code) for item in told
    }
    return {code: own.get(code, whole) for code in codes}


def _rows(reply: _Reply) -> list[dict[str, Any]]:
    if reply.error_code != _DONE or not all(isinstance(row, dict) for row in reply.result or ()):
        raise PortalUnclearError(f"no rows, but {reply.error_code}")
    return reply.result or []
