"""A simulated national portal: the services of its adapter, with its rules and its manners.

It answers as the adapters of provinces are seen to: always 200, a code for the whole and one per dossier. Its
own `/simulator/` paths look into its ledger and change it behind everybody's back.
"""

import csv
import secrets
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

from fastapi import FastAPI, Request

from services.simulators.misbehaviour import Misbehaving
from services.simulators.portal.ledger import Ledger
from services.simulators.portal.rules import broken_rule

_DONE, _NO_SESSION, _ALREADY_THERE, _NOT_THERE, _REFUSED = "0", "-1", "3", "4", "5"
_MESSAGES = {
    _DONE: "Thành công",
    _NO_SESSION: "Phiên làm việc đã hết hạn",
    _ALREADY_THERE: "Hồ sơ đã tồn tại",
    _NOT_THERE: "Không tìm thấy hồ sơ",
}
_FIELDS = Path(__file__).parent / "fields.csv"
_STATUSES = tuple(str(number) for number in range(1, 11))


class Portal:
    """The portal's side of every service."""

    def __init__(self, ledger: Ledger, *, user: str, password: str, fields: Path) -> None:
        self.ledger = ledger
        self._account = {"username": user, "password": password}
        self._sessions: set[str] = set()
        with fields.open(newline="") as file:
            self._fields = [
                {"MALINHVUC": row["code"], "TENLINHVUC": row["name_vi"]} for row in csv.DictReader(file)
            ]
        self._services = {
            "DongBoHoSoMC": self._dossiers,
            "CapNhatTienDoHoSoMC": self._progress,
            "TraCuuHoSo": self._one,
            "LayDanhSachHoSo": self._page,
            "LayDanhMucLinhVuc": self._field_codes,
        }

    def login(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A session, for the account."""
        if {name: asked.get(name) for name in self._account} != self._account:
            return _reply(_REFUSED, "Sai tên đăng nhập hoặc mật khẩu")
        session = secrets.token_urlsafe(24)
        self._sessions.add(session)
        return {**_reply(_DONE), "session": session}

    def end_sessions(self) -> None:
        """Everybody has to log in again."""
        self._sessions.clear()

    def answer(self, service: str, asked: Mapping[str, Any], *, forgets: bool) -> dict[str, Any]:
        """What `service` answers; one that `forgets` changes nothing."""
        if asked.get("session") not in self._sessions:
            return _reply(_NO_SESSION)
        if service not in self._services:
            return _reply(_REFUSED, "Không có dịch vụ này")
        return self._services[service](asked, forgets)

    def alter(self, share: float, seed: int) -> list[str]:
        """Show another status for a share of all dossiers; their codes."""
        random = Random(seed)  # noqa: S311 - chance has a seed here
        documents = [each for each in self.ledger.page("", "", 10**9) if random.random() < share]
        for document in documents:
            others = [status for status in _STATUSES if status != document["TrangThaiHoSo"]]
            document.pop("SoTienDo")
            self.ledger.put({**document, "TrangThaiHoSo": random.choice(others)})
        return [document["MaHoSo"] for document in documents]

    def _dossiers(self, asked: Mapping[str, Any], forgets: bool) -> dict[str, Any]:
        update = asked.get("isUpdating") == "True"
        return _reply(_DONE, result=[self._put(each, update, forgets) for each in asked.get("data") or []])

    def _put(self, document: dict[str, Any], update: bool, forgets: bool) -> dict[str, Any]:
        code = str(document.get("MaHoSo"))
        there = self.ledger.has(code)
        if broken := broken_rule(document):
            return {"MaHoSo": code, **_reply(_REFUSED, broken)}
        if there is not update:
            return {"MaHoSo": code, **_reply(_ALREADY_THERE if there else _NOT_THERE)}
        if not forgets:
            self.ledger.put(document)
        return {"MaHoSo": code, **_reply(_DONE)}

    def _progress(self, asked: Mapping[str, Any], forgets: bool) -> dict[str, Any]:
        result = {}
        for row in asked.get("data") or []:
            code = str(row.get("MaHoSo"))
            there = self.ledger.has(code)
            if there and not forgets:
                self.ledger.add(row)
            result[code] = {"MaHoSo": code, **_reply(_DONE if there else _NOT_THERE)}
        return _reply(_DONE, result=list(result.values()))

    def _one(self, asked: Mapping[str, Any], _: bool) -> dict[str, Any]:
        found = self.ledger.get(str(asked.get("mahoso")))
        return _reply(_DONE, result=[found]) if found else _reply(_NOT_THERE)

    def _page(self, asked: Mapping[str, Any], _: bool) -> dict[str, Any]:
        limit = min(int(asked.get("soLuong") or 500), 500)
        return _reply(_DONE, result=list(self.ledger.page(asked["ngay"], asked["sau"], limit)))

    def _field_codes(self, _: Mapping[str, Any], __: bool) -> dict[str, Any]:
        return _reply(_DONE, result=self._fields)


def create_app(ledger: Path, *, user: str, password: str, fields: Path = _FIELDS) -> FastAPI:
    """The portal over HTTP, with `ledger` as the file that it keeps everything in.

    `fields` are those that it knows, with its codes.
    """
    portal = Portal(Ledger(ledger), user=user, password=password, fields=fields)
    app = FastAPI(title="Simulated national portal", docs_url=None, redoc_url=None)

    @app.post("/simulator/sessions/end")
    async def end_sessions() -> None:
        portal.end_sessions()

    @app.post("/simulator/alter")
    async def alter(share: float, seed: int = 0) -> list[str]:
        return portal.alter(share, seed)

    @app.delete("/simulator/dossiers/{code}")
    async def remove(code: str) -> None:
        portal.ledger.remove(code)

    @app.get("/simulator/counts")
    async def counts() -> Mapping[str, int]:
        return portal.ledger.count()

    @app.post("/login")
    async def login(request: Request) -> dict[str, Any]:
        return portal.login(await request.json())

    @app.post("/{service}")
    async def answer(service: str, request: Request) -> dict[str, Any]:
        return portal.answer(service, await request.json(), forgets=request.state.forgets)

    app.add_middleware(Misbehaving)
    return app


def _reply(code: str, message: str | None = None, **more: Any) -> dict[str, Any]:
    return {"error_code": code, "message": message or _MESSAGES[code], **more}
