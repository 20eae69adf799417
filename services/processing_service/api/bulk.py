"""Acts in lists, where officers work in lists. Each item stands or falls alone."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends
from pydantic import Field

from services.processing_service.api import bodies
from services.processing_service.api.dependencies import Use
from services.processing_service.api.examples import in_a_list
from services.processing_service.application import intents
from services.processing_service.application.acts import Asked
from services.processing_service.application.intents import Intent
from services.processing_service.application.use_cases import UseCases
from shared.journal.writer import IdempotencyClaim
from shared.principal import Principal
from shared.schemas.base import RequestModel
from shared.web.act_bodies import VersionedItem
from shared.web.answers import BulkAnswer, bulk_item
from shared.web.conditions import OptionalClaim
from shared.web.documented_answers import sent
from shared.web.security import Caller

router = APIRouter(prefix="/v1/cases/bulk", tags=["Acts in lists"])


class StartItem(VersionedItem):
    """A case to begin with."""

    def intent(self) -> Intent:
        return intents.start()


class ResolutionItem(VersionedItem, bodies.ResolutionBody):
    """A case and its result."""


class DispatchItem(VersionedItem, bodies.DispatchBody):
    """A case whose result the post took over."""


class HandOverItem(VersionedItem, bodies.HandOverBody):
    """A case and how the citizen got its result."""


class ReturnItem(VersionedItem, bodies.ReturnBody):
    """A case that is sent back."""


class TransferItem(VersionedItem, bodies.TransferBody):
    """A case and its new agency."""


_Most = Field(min_length=1, max_length=500)


class StartList(RequestModel):
    items: Annotated[list[StartItem], _Most]


class ResolutionList(RequestModel):
    items: Annotated[list[ResolutionItem], _Most]


class DispatchList(RequestModel):
    items: Annotated[list[DispatchItem], _Most]


class HandOverList(RequestModel):
    items: Annotated[list[HandOverItem], _Most]


class ReturnList(RequestModel):
    items: Annotated[list[ReturnItem], _Most]


class TransferList(RequestModel):
    items: Annotated[list[TransferItem], _Most]


class _Wanted(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def version(self) -> int: ...
    def intent(self) -> Intent: ...


class Bulk:
    """Performs many acts of one request."""

    def __init__(self, use: UseCases, caller: Principal, claim: IdempotencyClaim | None) -> None:
        self._use = use
        self._caller = caller
        self._claim = claim

    async def __call__(self, items: Sequence[_Wanted]) -> BulkAnswer:
        wanted = [(self._asked(item), item.intent()) for item in items]
        outcomes = await self._use.acts.perform_all(wanted)
        return BulkAnswer(
            items=[bulk_item(item.code, outcome) for item, outcome in zip(items, outcomes, strict=True)]
        )

    def _asked(self, item: _Wanted) -> Asked:
        # Every item has the key for itself: what was done the first time is answered again, the rest is done.
        claim = self._claim and replace(self._claim, key=f"{self._claim.key}/{item.code}")
        return Asked(item.code, self._caller, item.version, claim)


async def _bulk(use: Use, caller: Caller, claim: OptionalClaim) -> Bulk:
    return Bulk(use, caller, claim)


Perform = Annotated[Bulk, Depends(_bulk)]


@router.post("/start", openapi_extra=sent(in_a_list("start")))
async def start_cases(body: StartList, perform: Perform) -> BulkAnswer:
    """Begin to work on up to 500 cases."""
    return await perform(body.items)


@router.post("/resolution", openapi_extra=sent(in_a_list("resolution")))
async def resolve_cases(body: ResolutionList, perform: Perform) -> BulkAnswer:
    """Up to 500 results are ready."""
    return await perform(body.items)


@router.post("/dispatch", openapi_extra=sent(in_a_list("dispatch")))
async def dispatch_results(body: DispatchList, perform: Perform) -> BulkAnswer:
    """The post took up to 500 results over."""
    return await perform(body.items)


@router.post("/hand-over", openapi_extra=sent(in_a_list("hand-over")))
async def hand_over_results(body: HandOverList, perform: Perform) -> BulkAnswer:
    """Up to 500 citizens have their results."""
    return await perform(body.items)


@router.post("/return", openapi_extra=sent(in_a_list("return")))
async def send_cases_back(body: ReturnList, perform: Perform) -> BulkAnswer:
    """Send up to 500 cases back without a result."""
    return await perform(body.items)


@router.post("/transfer", openapi_extra=sent(in_a_list("transfer")))
async def transfer_cases(body: TransferList, perform: Perform) -> BulkAnswer:
    """Make another agency competent for up to 500 cases, as on the day of a merger."""
    return await perform(body.items)
