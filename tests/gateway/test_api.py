"""The JSON API: the same rules as the pages, and a description that is whole."""

from services.gateway.api.calls import BY_PEOPLE
from tests.gateway.test_pages import ONE, House, house

__all__ = ["house"]


def call(house: House, name: str) -> str:
    return f"/api/v1/commands/{name}"


async def test_openapi_describes_every_command_and_names_no_other_host(house: House) -> None:
    described = (await house.visitor().get("/api/v1/openapi.json")).json()
    assert {f"/api/v1/commands/{command.topic}" for command in BY_PEOPLE} <= described["paths"].keys()
    answer = described["paths"]["/api/v1/commands/lifecycle.PublishAnswer"]["post"]
    assert {p["name"] for p in answer["parameters"]} == {"Idempotency-Key", "X-CSRF-Token"}
    body = answer["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    assert body.endswith("/PublishAnswer")
    assert "http" not in str(described.get("servers"))


async def test_logging_in_by_json_gives_the_token_that_calls_need(house: House) -> None:
    visitor = house.visitor()
    wrong = await visitor.http.post("/api/v1/session", json={"login": "ana@desk.example", "password": "x"})
    assert wrong.status_code == 403
    credentials = {"login": "ana@desk.example", "password": "uma senha de teste"}
    foreign = await visitor.http.post(
        "/api/v1/session", content=str(credentials).replace("'", '"'), headers={"Content-Type": "text/plain"}
    )
    assert foreign.status_code == 422
    opened = (await visitor.http.post("/api/v1/session", json=credentials)).json()
    assert (opened["role"], opened["key"]) == ("analyst", "ana")
    assert (await visitor.get("/api/v1/session")).json() == opened


async def test_a_call_needs_its_token_its_key_and_the_right(house: House) -> None:
    ticket = await house.portal.views.ticket(ONE)
    assert ticket is not None
    body = {"ticket_id": str(ticket.ticket_id), "text": "x"}
    expected = {"ana": 503, "rui": 403, "bia": 403}  # 503: allowed, but the service is away here
    for who, status in expected.items():
        person = await house.enter(who)
        token = (await person.get("/api/v1/session")).json()["csrf"]
        good = {"X-CSRF-Token": token, "Idempotency-Key": "12345678"}
        path = call(house, "lifecycle.PublishAnswer")
        assert (await person.http.post(path, json=body, headers=good)).status_code == status
        assert (await person.http.post(path, json=body)).status_code == 422
        forged = {**good, "X-CSRF-Token": "guessed"}
        assert (await person.http.post(path, json=body, headers=forged)).status_code == 403
    caio = await house.enter("caio")
    good["X-CSRF-Token"] = (await caio.get("/api/v1/session")).json()["csrf"]
    answer = await caio.http.post(call(house, "intake.SubmitReply"), json=body, headers=good)
    assert answer.status_code == 404  # a ticket of another company


async def test_only_whoever_handed_a_file_in_may_attach_it(house: House) -> None:
    ana, mara = await house.enter("ana"), await house.enter("mara")
    ticket = await house.portal.views.ticket(ONE)
    assert ticket is not None
    answers = {}
    attachment: dict[str, object] = {}
    for who, person in (("ana", ana), ("mara", mara)):
        headers = {
            "X-CSRF-Token": (await person.get("/api/v1/session")).json()["csrf"],
            "Idempotency-Key": "12345678",
        }
        if who == "ana":
            kept = await person.http.post("/api/v1/files?name=a.txt", content=b"abc", headers=headers)
            assert kept.status_code == 200
            attachment = kept.json()
            big = await person.http.post("/api/v1/files?name=a.txt", content=b"x" * 2001, headers=headers)
            assert (big.status_code, big.json()) == (
                413, {"code": "too_large", "facts": {"name": "a.txt", "size": 2000}},
            )  # fmt: skip
        body = {"ticket_id": str(ticket.ticket_id), "text": "x", "attachments": [attachment]}
        answer = await person.http.post(call(house, "lifecycle.AddNote"), json=body, headers=headers)
        answers[who] = answer.status_code
    assert answers == {"ana": 503, "mara": 403}
    rui = await house.enter("rui")
    headers["X-CSRF-Token"] = (await rui.get("/api/v1/session")).json()["csrf"]
    assert (await rui.http.post("/api/v1/files?name=a", content=b"x", headers=headers)).status_code == 403
