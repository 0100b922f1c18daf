"""Tokens: what is signed is verified, and nothing else is, however it is dressed up (RFC 8725)."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OKPKey

from vivavoce.contracts.rights import Role
from vivavoce.contracts.tokens import (
    TOKEN_LENGTH_MAX,
    Claims,
    JoinClaims,
    RejoinClaims,
    SessionClaims,
    TokenSigner,
    TokenVerifier,
)
from vivavoce.kernel.clock import ManualClock
from vivavoce.kernel.errors import Unauthenticated
from vivavoce.kernel.ids import InterviewId, OrganisationId, ParticipantId, PersonId

CLOCK = ManualClock()
KEY = OKPKey.generate_key("Ed25519", auto_kid=True)
PUBLIC = OKPKey.import_key(KEY.as_dict(private=False))
SIGNER = TokenSigner(KEY)
VERIFIER = TokenVerifier(PUBLIC, CLOCK)
WHO = {
    "interview": InterviewId("itv_1"),
    "participant": ParticipantId("par_1"),
    "role": Role.CANDIDATE,
    "name": "Ann",
}
JOIN = JoinClaims.issued(CLOCK, **WHO)
ALL: list[Claims] = [
    JOIN,
    RejoinClaims.issued(CLOCK, **WHO, invitation="inv_1"),
    SessionClaims.issued(
        CLOCK, person=PersonId("per_1"), organisation=OrganisationId("org_1"), name="Ann"
    ),
]


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def compact(header: dict[str, Any], payload: dict[str, Any]) -> str:
    return f"{b64(json.dumps(header).encode())}.{b64(json.dumps(payload).encode())}"


def payload(**changed: Any) -> dict[str, Any]:
    return {**JOIN.model_dump(mode="json", exclude_none=True), **changed}


def signed(header: dict[str, Any], body: dict[str, Any], key: OKPKey = KEY) -> str:
    text = compact(header, body)
    private: Any = key.private_key
    return f"{text}.{b64(private.sign(text.encode()))}"


HEADER = {"alg": "Ed25519", "typ": JoinClaims.typ}


def refuse(token: str, kind: type[Claims] = JoinClaims) -> None:
    with pytest.raises(Unauthenticated):
        VERIFIER.verify(token, kind)


@pytest.mark.parametrize("claims", ALL)
def test_what_was_signed_is_verified(claims: Claims) -> None:
    assert VERIFIER.verify(SIGNER.sign(claims), type(claims)) == claims


def test_a_hand_made_signature_of_the_right_key_is_good() -> None:
    """So the tests below fail for the reason that they name."""
    assert VERIFIER.verify(signed(HEADER, payload()), JoinClaims) == JOIN


@pytest.mark.parametrize("claims", ALL)
@pytest.mark.parametrize("kind", [JoinClaims, RejoinClaims, SessionClaims])
def test_a_token_of_one_kind_is_never_taken_for_another(claims: Claims, kind: type[Claims]) -> None:
    if type(claims) is not kind:
        refuse(SIGNER.sign(claims), kind)


@pytest.mark.parametrize("typ", ["", "JWT", "vv-rejoin+jwt", "VV-JOIN+JWT", None, ["vv-join+jwt"]])
def test_a_wrong_typ_is_refused(typ: object) -> None:
    refuse(signed({**HEADER, "typ": typ}, payload()))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", None])
def test_an_unsigned_token_is_refused(alg: object) -> None:
    unsigned = compact({**HEADER, "alg": alg}, payload())
    refuse(f"{unsigned}.")
    refuse(unsigned)
    refuse(signed({**HEADER, "alg": alg}, payload()))


def public_forms() -> list[bytes]:
    key: Any = PUBLIC.public_key
    return [
        key.public_bytes(Encoding.Raw, PublicFormat.Raw),
        key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        json.dumps(PUBLIC.as_dict(private=False)).encode(),
        str(PUBLIC.as_dict()["x"]).encode(),
    ]


@pytest.mark.parametrize("secret", public_forms())
@pytest.mark.parametrize(("alg", "digest"), [("HS256", "sha256"), ("HS512", "sha512")])
def test_the_public_key_is_no_secret_to_sign_with(secret: bytes, alg: str, digest: str) -> None:
    text = compact({**HEADER, "alg": alg}, payload())
    mac = hmac.new(secret, text.encode(), getattr(hashlib, digest)).digest()
    refuse(f"{text}.{b64(mac)}")


def test_another_key_is_refused_however_it_introduces_itself() -> None:
    mine = OKPKey.generate_key("Ed25519", auto_kid=True)
    public = mine.as_dict(private=False)
    for extra in (
        {},
        {"kid": KEY.as_dict()["kid"]},
        {"kid": "../../dev/null"},
        {"kid": "' OR 1=1 --"},
        {"jwk": public},
        {"jku": "http://127.0.0.1/keys"},
        {"x5u": "http://127.0.0.1/keys"},
        {"crit": ["exp"]},
    ):
        refuse(signed({**HEADER, **extra}, payload(), mine))


@pytest.mark.parametrize("tail", ["", ".", "..", ".e30.AA", ".AA.AA"])
@pytest.mark.parametrize(
    "header",
    [
        b"[]",
        b"1",
        b"null",
        b"\xff",
        b'{"alg": ["Ed25519"]}',
        b'{"alg": {}}',
        b'{"alg": "Ed25519", "crit": 5}',
        b'{"alg": "Ed25519", "crit": ["b64"], "b64": false}',
        b'{"alg": "Ed25519", "kid": {"a": 1}}',
        b"[" * 3000,
        b'{"a":' * 600,
        b'{"alg": ' + b"9" * 2900,
    ],
    ids=lambda header: header[:30].decode("latin-1"),
)
def test_a_header_of_another_shape_is_refused(header: bytes, tail: str) -> None:
    refuse(b64(header) + tail)


@pytest.mark.parametrize("alg", ["EdDSA", "Ed448", "RS256", "ES256", "ed25519"])
def test_another_algorithm_is_refused(alg: str) -> None:
    refuse(signed({**HEADER, "alg": alg}, payload()))


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "somebody else"},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": 0},
        {"role": "owner"},
        {"name": ""},
        {"name": "x" * 61},
        {"extra": "claim"},
        {"organisation": "org_1"},
    ],
)
def test_claims_that_are_not_ours_are_refused(changed: dict[str, Any]) -> None:
    refuse(signed(HEADER, payload(**changed)))


@pytest.mark.parametrize("missing", ["iss", "iat", "exp", "interview", "participant", "role"])
def test_every_claim_is_needed_but_the_fixed_issuer(missing: str) -> None:
    body = payload()
    del body[missing]
    token = signed(HEADER, body)
    if missing == "iss":
        assert VERIFIER.verify(token, JoinClaims) == JOIN
    else:
        refuse(token)


def test_a_token_ends_at_its_second() -> None:
    clock = ManualClock()
    verifier = TokenVerifier(PUBLIC, clock)
    token = SIGNER.sign(JoinClaims.issued(clock, **WHO))
    clock.advance(JoinClaims.ttl_s - 1)
    verifier.verify(token, JoinClaims)
    clock.advance(1)
    with pytest.raises(Unauthenticated):
        verifier.verify(token, JoinClaims)


def test_a_token_that_is_too_long_is_not_even_read() -> None:
    refuse(signed(HEADER, payload(interview="x" * TOKEN_LENGTH_MAX)))
    VERIFIER.verify(signed(HEADER, payload(interview="x" * (TOKEN_LENGTH_MAX // 2))), JoinClaims)
    refuse("x" * 10_000_000)


@given(st.data())
def test_a_token_with_one_character_changed_is_refused(data: st.DataObject) -> None:
    token = SIGNER.sign(JOIN)
    at = data.draw(st.integers(0, len(token) - 1))
    new = data.draw(st.sampled_from("AZaz09-_.=+/ "))
    changed = token[:at] + new + token[at + 1 :]
    try:
        assert VERIFIER.verify(changed, JoinClaims) == JOIN
    except Unauthenticated:
        return
    # The last character of a part has bits that base64 leaves unused; the bytes are the same.
    assert new == token[at] or token[at + 1 : at + 2] in ("", ".")


@given(
    st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: b64(raw) + "." + b64(raw) + ".")
)
def test_noise_is_refused(noise: str) -> None:
    refuse(noise)
