"""A patient is forgotten over HTTP: their key and their account go, and nobody brings them back."""

import re
from datetime import date

from domain.identity import Identity
from domain.patient import Referral
from services.access.principal import Grant, Role
from services.application.admissions import refer_patient
from services.hosting.bootstrap import VIEWS
from services.vault import Person
from tests.support.backend import Backend
from tests.support.http_api import FACILITY, running_api, send
from tests.support.small_clinic import MONDAY, PROGRAM, SmallClinic

LEE = Person("OS-7", "Lee", "Example", date(1990, 1, 1))


async def test_the_key_and_the_account_go_and_not_everybody_may_do_it(backend: Backend) -> None:
    clinic = SmallClinic(backend.journal, vault=backend.vault)
    referral = Referral(PROGRAM, MONDAY, "County hospital", "inpatient")
    lee = clinic.daybook.handle(clinic.context(), refer_patient, FACILITY, LEE, referral)
    asked = {"patient_id": lee, "because": "asked for in writing"}
    async with running_api(backend) as api:
        own = Grant(Role.PATIENT, FACILITY, patient_id=lee)
        api.access.accounts.add("lee", "Lee Example", [own], with_password=False)
        desk = await api.signed_in(Grant(Role.FRONT_DESK, FACILITY))
        assert (await send(desk, "identity.forget", asked)).status_code == 403
        director = await api.director()
        named = await send(director, "identity.forget", {**asked, "because": "Lee wants it"})
        assert (named.status_code, "say it without" in named.text) == (422, True), named.text
        assert lee in backend.vault.keys_of([lee])
        for _ in range(2):
            done = await send(director, "identity.forget", asked, "key-2")
            assert done.status_code == 200, done.text
            assert [each["type"] for each in done.json()["events"]] == ["identity.forgotten"]
        assert backend.vault.keys_of([lee]) == {}
        account = api.access.accounts.find("lee")
        assert account is not None
        assert (account.name, account.grants) == ("forgotten", ())
        right = {"given_name": "Lee", "family_name": "Other", "born": "1990-01-01"}
        refused = await send(
            director, "patient.correct-identity", {"patient_id": lee, **right}, "key-3"
        )
        assert refused.status_code == 409, refused.text
        assert "forgotten" in refused.json()["detail"]
    assert backend.journal.load(Identity.id_of(lee)).forgotten


async def test_pages_say_forgotten_also_as_of_before(backend: Backend) -> None:
    clinic = SmallClinic(backend.journal, vault=backend.vault)
    referral = Referral(PROGRAM, MONDAY, "County hospital", "inpatient")
    lee = clinic.daybook.handle(clinic.context(), refer_patient, FACILITY, LEE, referral)
    at = f"/facilities/{FACILITY}"
    async with running_api(backend) as api, backend.supervisor(*VIEWS) as supervisor:
        director = await api.director()
        await supervisor.caught_up(backend.journal.position())
        assert "Lee Example" in (await director.get(f"{at}/patients/{lee}")).text
        asked = {"patient_id": lee, "because": "asked for in writing"}
        assert (await send(director, "identity.forget", asked)).status_code == 200
        await supervisor.caught_up(backend.journal.position())
        for page in (
            f"patients/{lee}",
            f"patients/{lee}?as_of=2025-03-03T12:00:00%2B00:00",
            f"history/patient/{lee}",
            f"record/identity.forget?patient_id={lee}",
            f"record/patient.correct-identity?patient_id={lee}",
            "patients",
        ):
            shown = await director.get(f"{at}/{page}")
            assert shown.status_code == 200, (page, shown.text)
            assert "forgotten" in shown.text, page
            assert not {"Lee", "Example", "OS-7", "1990"} & set(re.findall(r"[\w-]+", shown.text))
        for text in ("Lee", "Example"):
            found = await director.post(
                f"{at}/patients/search", data={"text": text}, headers={"origin": api.url}
            )
            assert lee not in found.text
